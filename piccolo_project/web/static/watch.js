// A time plays from there, without loading the page again.

const player = document.getElementById("player");

document.addEventListener("click", (event) => {
  const time = event.target.closest("a[data-second]");
  if (!time || event.ctrlKey || event.metaKey || event.shiftKey) return;
  event.preventDefault();
  player.currentTime = Number(time.dataset.second);
  player.play().catch(() => {}); // It shows by itself what it cannot play.
  history.replaceState(null, "", time.href);
});
