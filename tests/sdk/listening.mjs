// What scripts that listen need: an EventSource, which Node has not, ways to wait for events, and favours of the
// one who runs the script.
import { createInterface } from "node:readline";
import { EventSource } from "eventsource";

globalThis.EventSource = EventSource; // as the SDK's documentation says

const MOST_MILLISECONDS = 60_000; // only for what hangs
const answers = createInterface({ input: process.stdin })[Symbol.asyncIterator]();

// Have the one who runs the script do something to the server; it is done when this returns.
export async function ask(favour, ...values) {
  console.log(JSON.stringify({ favour, values }));
  await answers.next();
}

// Hand over what the script got, and end: streams may be open.
export function done(results) {
  process.stdout.write(`${JSON.stringify({ results })}\n`, () => process.exit());
}

// Things that happen, in order, and whoever waits for so many of them.
export class Happenings {
  #all = [];
  #waiting = new Set();

  get all() {
    return [...this.#all];
  }

  add(thing) {
    this.#all.push(thing);
    for (const look of this.#waiting) look();
  }

  // All of them, as soon as there are so many.
  upTo(count) {
    return new Promise((resolve, reject) => {
      const timer = setTimeout(
        () => reject(new Error(`expected ${count}, got ${JSON.stringify(this.all)}`)),
        MOST_MILLISECONDS,
      );
      const look = () => {
        if (this.#all.length < count) return;
        clearTimeout(timer);
        this.#waiting.delete(look);
        resolve(this.all);
      };
      this.#waiting.add(look);
      look();
    });
  }
}

// What one subscription hears; `end` is what the SDK gives to end it.
export async function listen(service, topic, options) {
  const heard = new Happenings();
  heard.end = await service.subscribe(topic, (event) => heard.add(event), options);
  return heard;
}

// How often a client has connected, and the topics that it had when a connection ended.
export async function connections(client) {
  const connected = await listen(client.realtime, "PB_CONNECT");
  const lost = new Happenings();
  client.realtime.onDisconnect = (topics) => lost.add(topics);
  return { connected, lost };
}
