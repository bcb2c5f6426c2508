// The list of jobs keeps up with what runs: the server tells of each run, and the list is loaded anew.
import { follow } from "./feeds.js";
import { toast } from "./notices.js";
import { keep, renewSoon } from "./renewing.js";

const list = () => document.getElementById("crons");

follow("crons", (entries) => {
  for (const { data } of entries)
    if (data.state === "failed") toast(list().dataset.failed.replace("{job}", data.job), "error");
  renewSoon("crons");
}, () => renewSoon("crons"));
keep("crons");
