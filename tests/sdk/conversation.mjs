// A script's side of conversation.py.
import { createInterface } from "node:readline";

const answers = createInterface({ input: process.stdin })[Symbol.asyncIterator]();

// Have the one who runs the script do something to the server; it is done when this returns.
export async function ask(favour, ...values) {
  process.stdout.write(`${JSON.stringify({ favour, values })}\n`);
  await answers.next();
}

// Hand over what the script got, and end: streams may be open.
export function done(results) {
  process.stdout.write(`${JSON.stringify({ results })}\n`, () => process.exit());
}
