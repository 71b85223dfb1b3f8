"""The desk as an agent sees it in the browser, with the sidebar in a frame."""
