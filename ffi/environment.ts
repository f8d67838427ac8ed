/**
 * A variable of the environment. Undefined, too, where it is empty, and where Deno may not look: nobody
 * should be asked for that.
 */
export function environmentVariable(name: string): string | undefined {
  const { state } = Deno.permissions.querySync({ name: "env", variable: name });
  return state === "granted" ? Deno.env.get(name) || undefined : undefined;
}
