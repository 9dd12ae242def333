// The chosen colours, before anything is painted. Without a choice the system's stand.
try {
  const theme = localStorage.getItem("clickpath-theme");
  if (theme === "light" || theme === "dark") document.documentElement.dataset.theme = theme;
} catch {
  // A browser that keeps nothing for pages shows the system's colours.
}
