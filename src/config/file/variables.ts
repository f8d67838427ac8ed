import { ConfigurationError } from "../../errors.ts";
import { isTable, type KeyPath, type TomlFile } from "./toml_file.ts";

/** `${NAME}`, or the escape sequence `$${` for `${`. */
const VARIABLE = /\$\$\{|\$\{([^}]*)\}?/g;

/**
 * Replaces `${NAME}` in all strings by environment variables, so that a file need not contain secrets.
 *
 * @param lookUp Returns the value of an environment variable.
 * @throws {ConfigurationError} A variable is not set, or its name is invalid.
 */
export function withVariables(
  file: TomlFile,
  lookUp: (name: string) => string | undefined,
): Readonly<Record<string, unknown>> {
  const expanded = (value: unknown, path: KeyPath): unknown => {
    if (typeof value === "string") {
      return value.replace(VARIABLE, (match, name: string | undefined) => {
        if (name === undefined) return "${";
        const setting = () => `${file.where(path)}: ${path.join(".")}`;
        if (!/^[A-Za-z_][A-Za-z0-9_]*$/.test(name) || !match.endsWith("}")) {
          throw new ConfigurationError(
            `${setting()}: expected \${NAME} of an environment variable; write $\${ for a \${`,
          );
        }
        const replacement = lookUp(name);
        if (replacement !== undefined) return replacement;
        throw new ConfigurationError(`${setting()}: the environment variable ${name} is not set`);
      });
    }
    if (Array.isArray(value)) return value.map((element, at) => expanded(element, [...path, at]));
    if (!isTable(value)) return value;
    return Object.fromEntries(
      Object.entries(value).map(([key, inner]) => [key, expanded(inner, [...path, key])]),
    );
  };
  return expanded(file.root, []) as Readonly<Record<string, unknown>>;
}
