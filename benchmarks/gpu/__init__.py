"""msa on a GPU against its peers, in one process. README.md of the folder above says how."""
