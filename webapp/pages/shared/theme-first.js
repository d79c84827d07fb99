// Before anything is painted, so that a dark page does not flash white. A module would come too late. theme.js sets it
// from then on.
{
  let theme;
  try {
    theme = localStorage.getItem('parley.theme');
  } catch {
    // No storage: the theme of the system, which is the default.
  }
  if (theme === 'light' || theme === 'dark') document.documentElement.dataset.theme = theme;
}
