// Moments in the time of who looks: `<time data-moment="full|short|time">`, which the server wrote in UTC.
//
// `time` is without its day if that is today. The title has the zone and UTC. Other modules that make such
// parts, or change them, call `localise`.
const NEW = "time[data-moment]:not([data-is-local])";
const two = (number, length = 2) => String(number).padStart(length, "0");
const day = (moment) => `${two(moment.getFullYear(), 4)}-${two(moment.getMonth() + 1)}-${two(moment.getDate())}`;

export function textOf(moment, style) {
  const minute = `${two(moment.getHours())}:${two(moment.getMinutes())}`;
  if (style === "short") return `${day(moment)} ${minute}`;
  const time = `${minute}:${two(moment.getSeconds())}.${two(moment.getMilliseconds(), 3)}`;
  if (style === "full") return `${day(moment)} ${time}`;
  return day(moment) === day(new Date()) ? time : `${day(moment).slice(5)} ${time}`;
}

export function localise(root = document) {
  const zone = Intl.DateTimeFormat().resolvedOptions().timeZone;
  for (const part of root.querySelectorAll(NEW)) {
    const moment = new Date(part.dateTime);
    if (Number.isNaN(moment.getTime())) continue;
    part.title = `${textOf(moment, "full")} ${zone}\n${part.title}`;
    part.textContent = textOf(moment, part.dataset.moment);
    part.dataset.isLocal = "";
  }
}

document.addEventListener("htmx:afterSettle", () => localise());
localise();
