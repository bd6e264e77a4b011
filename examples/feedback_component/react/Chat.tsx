// The same page in React 19: the elements are used like any other, with the names of their properties.

import { useState, type FormEvent } from "react";
import { createRoot } from "react-dom/client";
import "upspiral-js/component";
import type {} from "upspiral-js/react";

type Answer = { responseId: string; token: string; response: string; modelId: string; query: string };

export function Chat({ server }: { server: string }) {
  const [answers, setAnswers] = useState<Answer[]>([]);

  async function ask(event: FormEvent<HTMLFormElement>) {
    event.preventDefault();
    const form = event.currentTarget;
    const body = JSON.stringify({ question: new FormData(form).get("question") });
    const said: Answer = await (await fetch("/ask", { method: "POST", body })).json();
    setAnswers((before) => [...before, said]);
    form.reset();
  }

  return (
    <main>
      <h1>Ask the shop</h1>
      {answers.map((one) => (
        <response-message key={one.responseId} {...one} server={server} feedbackVariant="stars" />
      ))}
      <form onSubmit={ask}>
        <label>
          Your question <input name="question" required maxLength={500} autoComplete="off" />
        </label>
        <button>Ask</button>
      </form>
    </main>
  );
}

const place = document.getElementById("chat");
if (place) createRoot(place).render(<Chat server={place.dataset.server ?? ""} />);
