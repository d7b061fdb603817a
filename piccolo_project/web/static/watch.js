// Clicking a time plays the video from there without reloading the page.

const player = document.getElementById("player");

document.addEventListener("click", (event) => {
  const time = event.target.closest("a[data-second]");
  if (!time || event.ctrlKey || event.metaKey || event.shiftKey) return;
  event.preventDefault();
  player.currentTime = Number(time.dataset.second);
  player.play().catch(() => {}); // The player itself shows what it cannot play.
  history.replaceState(null, "", time.href);
});
