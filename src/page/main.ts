/// <reference lib="dom" />
import { type Access, request, storeToken, type StreamReport, TokenNeeded } from "./api.ts";
import { Detail } from "./detail.ts";
import { element, setText } from "./elements.ts";
import { Overview } from "./overview.ts";
import type { View } from "./view.ts";

const POLL_MS = 1000;

/** Shows the view that the address asks for, and keeps it up to date. */
async function run(): Promise<void> {
  const summary = document.querySelector("#summary")!;
  const main = document.querySelector("#main")!;
  let view: View | undefined;
  while (true) {
    try {
      view ??= await open(main);
      const { streams } = await request<{ readonly streams: StreamReport[] }>("/api/v1/streams");
      view.update(streams);
      setText(summary, summaryOf(streams));
      summary.removeAttribute("data-grade");
    } catch (error) {
      if (error instanceof TokenNeeded) {
        await askForToken(main, error.message);
        view = undefined;
      } else {
        const reason = error instanceof Error ? error.message : String(error);
        setText(summary, `No answer from the program: ${reason}`);
        summary.setAttribute("data-grade", "bad");
      }
    }
    await new Promise((resolve) => setTimeout(resolve, POLL_MS));
  }
}

async function open(main: Element): Promise<View> {
  const access = await request<Access>("/api/v1/access");
  const [, name] = /^\/streams\/([^/]+)$/.exec(location.pathname) ?? [];
  const view = name === undefined ? new Overview() : new Detail(decodeURIComponent(name), access);
  document.title = `${view.title} · cvmmap-streamer`;
  main.replaceChildren(view.element);
  if (!access.change) offerToken(main);
  return view;
}

/** Offers to enter a token where reading needs none. */
function offerToken(main: Element): void {
  const button = element("button", {
    type: "button",
    class: "token-offer",
    text: "Enter token to make changes",
  });
  button.onclick = async () => {
    await askForToken(main, "");
    location.reload();
  };
  document.querySelector(".token-offer")?.remove();
  document.querySelector("header")?.append(button);
}

/** Resolves when the user has entered a token. */
async function askForToken(main: Element, reason: string): Promise<void> {
  const input = element("input", {
    type: "password",
    id: "token",
    autocomplete: "off",
    required: "",
    // What a header field can carry.
    pattern: "[!-~]+",
    title: "Printable ASCII characters without spaces",
  });
  const form = element(
    "form",
    { class: "token" },
    element("label", { for: "token", text: "Token of this server" }),
    input,
    element("button", { text: "Open" }),
    element("p", { role: "status", text: reason }),
  );
  main.replaceChildren(form);
  input.focus();
  await new Promise<void>((resolve) => {
    form.onsubmit = (event) => {
      event.preventDefault();
      storeToken(input.value.trim());
      resolve();
    };
  });
}

function summaryOf(streams: readonly StreamReport[]): string {
  const running = streams.filter(({ state }) => state === "listening").length;
  return `${running} of ${streams.length} ${streams.length === 1 ? "stream runs" : "streams run"}`;
}

await run();
