// Asks this page's own server, and shows each answer with the element that rates it.

const form = document.querySelector("form");

form.addEventListener("submit", async (event) => {
  event.preventDefault();
  const body = JSON.stringify({ question: form.elements.question.value });
  const said = await (await fetch("/ask", { method: "POST", body })).json();
  const message = document.createElement("response-message");
  Object.assign(message, said, { timestamp: new Date(), feedbackVariant: "thumbs" });
  document.querySelector("#answers").append(message);
  form.reset();
});
