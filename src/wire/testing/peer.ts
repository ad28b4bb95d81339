import { createServer } from "../server.ts";

/**
 * A process with a wire server, for tests to freeze and to kill: `fork(peer, [address, secret in hex])`. It says its
 * address, and answers "echo" with the input, "pid" with its process id, and "never" not at all.
 */
const [address, secret] = process.argv.slice(2) as [string, string];

const server = await createServer({
  address,
  secret: Buffer.from(secret, "hex"),
  name: "peer#0",
  receive(call) {
    if (call.operation === "peer.echo") call.reply(JSON.stringify(call.input));
    if (call.operation === "peer.pid") call.reply(String(process.pid));
  },
  warn: (message, data) => process.send?.({ warning: message, data }),
});
process.send!(server.address);
process.on("disconnect", () => process.exit());
