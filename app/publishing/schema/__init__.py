"""What a file may say: the fields of front matter and of the YAML files, and how faults are told."""
