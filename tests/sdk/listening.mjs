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
  async upTo(count) {
    const enough = new Promise((resolve) => {
      const look = () => {
        if (this.#all.length < count) return;
        this.#waiting.delete(look);
        resolve();
      };
      this.#waiting.add(look);
      look();
    });
    await inTime(enough, () => `expected ${count}, got ${JSON.stringify(this.all)}`);
    return this.all;
  }
}

// What the promise gives, or an error that says what did not come.
async function inTime(promise, what) {
  let timer;
  const tooLate = new Promise((_, reject) => {
    timer = setTimeout(() => reject(new Error(what())), MOST_MILLISECONDS);
  });
  try {
    return await Promise.race([promise, tooLate]);
  } finally {
    clearTimeout(timer);
  }
}

// What one subscription hears; `end` is what the SDK gives to end it.
export async function listen(service, topic, options) {
  const heard = new Happenings();
  const subscribing = service.subscribe(topic, (event) => heard.add(event), options);
  heard.end = await inTime(subscribing, () => `no answer to the subscription of ${topic}`);
  return heard;
}

// How often a client has connected, and the topics that it had when a connection ended.
export async function connections(client) {
  const connected = await listen(client.realtime, "PB_CONNECT");
  const lost = new Happenings();
  client.realtime.onDisconnect = (topics) => lost.add(topics);
  return { connected, lost };
}
