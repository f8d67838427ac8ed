import { gstreamerVersion } from "../../ffi/gst.ts";
import { prepareShim } from "../../ffi/shim.ts";
import { openZmq, zmqVersion } from "../../ffi/zmq_library.ts";
import { startGStreamer } from "../encode/choice.ts";
import { type Finding, Findings, reasonOf } from "./finding.ts";

/** Checks the libraries that every stream needs. */
export async function checkLibraries(): Promise<Finding[]> {
  const findings = new Findings("libraries");
  const tries = [
    {
      name: "libzmq",
      open: () => {
        openZmq();
        return `libzmq ${zmqVersion()}`;
      },
    },
    {
      name: "GStreamer",
      open: async () => {
        await startGStreamer();
        return `GStreamer ${gstreamerVersion()}`;
      },
    },
    {
      name: "The native library",
      open: async () => {
        await prepareShim();
        return "The native library of the program";
      },
    },
  ];
  for (const { name, open } of tries) {
    try {
      findings.ok(`${await open()} is usable`);
    } catch (error) {
      findings.problem(
        `${name} cannot be used: ${reasonOf(error)}`,
        "Install it; ./scripts/bootstrap.sh installs everything",
      );
    }
  }
  return findings.list;
}
