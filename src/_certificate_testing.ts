import assert from "node:assert/strict";

/** Creates a self-signed certificate. */
export async function certificate(
  subjectAltName = "IP:127.0.0.1",
  ca = "FALSE",
): Promise<{ cert: string; key: string }> {
  const { success, stdout } = await new Deno.Command("openssl", {
    args: [
      "req",
      "-x509",
      "-newkey",
      "ec",
      "-pkeyopt",
      "ec_paramgen_curve:prime256v1",
      "-nodes",
      "-days",
      "2",
      "-subj",
      "/CN=test",
      "-addext",
      `subjectAltName=${subjectAltName}`,
      "-addext",
      `basicConstraints=critical,CA:${ca}`,
      "-keyout",
      "-",
      "-out",
      "-",
    ],
    stderr: "null",
  }).output();
  assert.ok(success);
  const [, key, cert] =
    /^(.*END PRIVATE KEY-----\n)(.*)$/s.exec(new TextDecoder().decode(stdout)) ??
      [];
  return { cert: cert ?? "", key: key ?? "" };
}
