"""The pages people open: the sidebar's and the home page; nothing here reads the desk or decides."""
