// While the run goes on, the page reloads itself; the browser keeps the place.
const running = document.getElementById("running");
if (running) {
  const timer = setTimeout(() => location.reload(), 4000);
  const button = running.querySelector("button");
  button.hidden = false;
  button.addEventListener("click", () => { clearTimeout(timer); button.disabled = true; });
}
