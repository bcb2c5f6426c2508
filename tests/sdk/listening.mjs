// Ways to wait for what one hears through the SDK; for Node and for browsers.
const MOST_MILLISECONDS = 60_000; // only for what hangs

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
