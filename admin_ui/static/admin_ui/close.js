// Only a window that a script opened may be closed by one; in any other the page stays and says what to do.
window.close();
