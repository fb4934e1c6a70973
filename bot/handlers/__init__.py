"""One module for each corner of the chat. A handler reads the press or the words, asks or acts once, and shows a screen."""
