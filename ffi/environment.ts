/**
 * Returns an environment variable. Undefined if it is not set or empty, or if reading it is not permitted: it never
 * prompts for the permission.
 */
export function environmentVariable(name: string): string | undefined {
  const { state } = Deno.permissions.querySync({ name: "env", variable: name });
  return state === "granted" ? Deno.env.get(name) || undefined : undefined;
}
