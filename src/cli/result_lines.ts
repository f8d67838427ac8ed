/**
 * A tester's result for people: the verdict, and below it what was counted, as `name: value` lines.
 *
 * @param result The verdict is its `message`; the outcome is not told.
 */
export function resultLines(
  result: { readonly outcome: string; readonly message: string },
): string {
  const { outcome: _, message, ...counts } = result;
  const lines = Object.entries(counts).map(([name, value]) => {
    const words = name.replace(/[A-Z]/g, (letter) => ` ${letter.toLowerCase()}`);
    return `  ${words}: ${typeof value === "object" ? JSON.stringify(value) : value}\n`;
  });
  return `${message}\n${lines.join("")}`;
}
