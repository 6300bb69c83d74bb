// Counts the time that is left down to the second. Without it the page shows minutes as of loading.
const shown = document.querySelector("[data-left]");
if (shown) {
  const end = Date.now() + Number(shown.dataset.left) * 1000;
  const tick = () => {
    const left = Math.max(0, Math.round((end - Date.now()) / 1000));
    const minutes = Math.floor(left / 60);
    const precise = `${minutes}:${String(left % 60).padStart(2, "0")} left`;
    shown.textContent = left ? (minutes < 100 ? precise : `${Math.floor(minutes / 60)} hours left`) : "time is over";
    if (left === 0) location.reload();
    else setTimeout(tick, 1000);
  };
  if (Number(shown.dataset.left) > 0) tick();
}
