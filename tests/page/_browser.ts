import { type Browser, chromium, type Page } from "playwright-core";
import { pictureLayout } from "../../src/simulator/picture_layout.ts";

/** A picture that a page has drawn. */
export interface DrawnPicture {
  /** Frame number in the header of its message. */
  readonly announced: number;
  /** Frame number that the cells of the picture show. */
  readonly shown: number;
}

/** A page in Debian's Chromium. It notes everything that a page must not do. */
export class BrowserPage implements AsyncDisposable {
  readonly #browser: Browser;
  readonly page: Page;
  /** Errors of scripts and policies, and requests to other hosts. */
  readonly faults: string[] = [];

  private constructor(browser: Browser, page: Page) {
    this.#browser = browser;
    this.page = page;
  }

  static async open(
    url: string,
    { width = 1280, height = 900, colorScheme = "light" as "light" | "dark" } = {},
  ): Promise<BrowserPage> {
    const browser = await chromium.launch({
      executablePath: "/usr/bin/chromium",
      // Its sandbox does not run as root, and containers may forbid it.
      args: ["--no-sandbox"],
    });
    const viewport = { width, height };
    const page = await (await browser.newContext({ viewport, colorScheme })).newPage();
    const opened = new BrowserPage(browser, page);
    const { host } = new URL(url);
    page.on("pageerror", (error) => opened.faults.push(`error: ${error.message}`));
    page.on("console", (message) => {
      // A stream that has stopped refuses connections, which Chromium always reports.
      const isExpected = /WebSocket connection|Failed to load resource|ERR_CONNECTION/;
      if (message.type() === "error" && !isExpected.test(message.text())) {
        opened.faults.push(`console: ${message.text()}`);
      }
    });
    page.on("request", (request) => {
      const other = new URL(request.url());
      if (other.protocol.startsWith("http") && other.host !== host) {
        opened.faults.push(`foreign request: ${other}`);
      }
    });
    await page.goto(url);
    return opened;
  }

  /** Waits until the picture of a stream is drawn. */
  async drawn(name: string): Promise<void> {
    await this.page.locator(`[aria-label="Live picture of ${name}"][data-frame-number]`).waitFor();
  }

  /** Collects the pictures that are drawn for a stream of this size, in the page's own time. */
  async pictures(
    name: string,
    size: { readonly width: number; readonly height: number },
    durationMs: number,
  ): Promise<DrawnPicture[]> {
    const { cells, cellSize } = pictureLayout(size.width, size.height);
    return await this.page.evaluate(collect, { name, cells, cellSize, durationMs });
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#browser.close();
  }
}

/** Runs in the page: reads the cells of each picture that the canvas shows. */
async function collect({ name, cells, cellSize, durationMs }: {
  readonly name: string;
  readonly cells: { readonly left: number; readonly top: number };
  readonly cellSize: number;
  readonly durationMs: number;
}): Promise<{ announced: number; shown: number }[]> {
  // deno-lint-ignore no-explicit-any -- The types of the page are not those of this program.
  const { document, performance, requestAnimationFrame } = globalThis as any;
  const frame = document.querySelector(`[aria-label="Live picture of ${name}"]`);
  const pictures: { announced: number; shown: number }[] = [];
  const endMs = performance.now() + durationMs;
  const columns = 12;
  while (performance.now() < endMs) {
    await new Promise((resolve) => requestAnimationFrame(resolve));
    const announced = Number(frame.dataset.frameNumber);
    if (pictures.at(-1)?.announced === announced) continue;
    const canvas = frame.querySelector("canvas");
    const { data, width } = canvas.getContext("2d").getImageData(
      cells.left,
      cells.top,
      columns * cellSize,
      4 * cellSize,
    );
    let shown = 0;
    for (let bit = 0; bit < 32; bit++) {
      const x = Math.floor((bit % columns + 0.5) * cellSize);
      const y = Math.floor((Math.floor(bit / columns) + 0.5) * cellSize);
      shown = ((shown << 1) | (data[(y * width + x) * 4 + 1] >= 128 ? 1 : 0)) >>> 0;
    }
    pictures.push({ announced, shown });
  }
  return pictures;
}
