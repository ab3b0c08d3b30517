// Both pages: the connection to CombatLens, and how numbers are written. Data is only ever set as text.
"use strict";
const $ = (id) => document.getElementById(id);
const NOT_YET = "not yet";
const known = (value) => typeof value === "number" && Number.isFinite(value);

function count(value) {
  if (!known(value)) return NOT_YET;
  const digits = Math.abs(value) >= 100 || Number.isInteger(value) ? 0 : 1;
  return value.toLocaleString("en", { minimumFractionDigits: digits, maximumFractionDigits: digits });
}

function short(value) {
  if (!known(value)) return NOT_YET;
  for (const [limit, unit, scale] of [[1e9, "G", 1e9], [1e6, "M", 1e6], [1e4, "k", 1e3]]) {
    if (Math.abs(value) < limit * 0.99995) continue;
    const scaled = value / scale, size = Math.abs(scaled);
    return scaled.toFixed(size < 10 ? 2 : size < 99.95 ? 1 : 0) + unit;
  }
  return count(value);
}

function duration(seconds) {
  if (!known(seconds)) return NOT_YET;
  const whole = Math.max(0, Math.floor(seconds)), two = (n) => String(n).padStart(2, "0");
  return `${Math.floor(whole / 3600)}:${two(Math.floor(whole / 60) % 60)}:${two(whole % 60)}`;
}

function put(id, text) {
  const element = $(id);
  if (element.textContent !== text) element.textContent = text;
}

const STATES = { no_active_session: "No session", active: "Recording", paused: "Paused", completed: "Ended", error: "Broken off" };
const PAUSES = { user: "by you", window_gone: "game window gone", idle: "idle", screen_locked: "screen locked", suspended: "computer asleep" };

function showState(snapshot) {
  const why = snapshot.pause_reasons.map((reason) => PAUSES[reason] || reason).join(", ");
  $("state").dataset.state = snapshot.state;
  put("state", (STATES[snapshot.state] || snapshot.state) + (why ? ` · ${why}` : ""));
}

// The clock runs on between two snapshots while recording.
function activeSeconds(snapshot) {
  const since = snapshot.state === "active" ? (Date.now() - Date.parse(snapshot.at)) / 1000 : 0;
  return snapshot.active_s + Math.min(Math.max(0, since), 300);
}

function drawChart(svg, series, width, height) {
  const enough = series.length > 1;
  svg.setAttribute("viewBox", `0 0 ${width} ${height}`);
  svg.toggleAttribute("hidden", !enough);
  if (!enough) return 0;
  const from = series[0][0], span = series[series.length - 1][0] - from || 1;
  const peak = Math.max(...series.map((point) => point[1]), 1);
  const points = series.map(([at, rate]) =>
    `${(((at - from) / span) * width).toFixed(1)},${(height - (rate / peak) * (height - 4) - 1).toFixed(1)}`);
  svg.querySelector(".line").setAttribute("d", "M" + points.join("L"));
  svg.querySelector(".area").setAttribute("d", `M0,${height}L${points.join("L")}L${width},${height}Z`);
  return peak;
}

// Calls show(status) with each picture, alert(alert) with each alert, say(words) with the state of the line ("" = good).
function listen({ show, alert, say }) {
  let wait = 1000, socket = null;
  async function whyNot() {
    try {
      await fetch("/v1/health", { cache: "no-store" });
      return "This address is out of date. Open the page again from CombatLens' menu.";
    } catch {
      return "CombatLens does not answer. Trying again …";
    }
  }
  function connect() {
    const token = location.hash.slice(1);
    if (!token) return say("This address lacks its key. Open the page from CombatLens' menu.");
    let opened = false;
    const line = socket = new WebSocket(`ws://${location.host}/v1/live`, ["combatlens.v1", token]);
    line.onmessage = (event) => {
      const message = JSON.parse(event.data);
      if (!opened) { opened = true; wait = 1000; say(""); }
      if (message.kind === "snapshot") show(message.status);
      if (message.kind === "alert" && alert) alert(message.alert);
    };
    line.onclose = async () => {
      if (socket !== line) return;
      say(opened ? "The connection broke. Trying again …" : await whyNot());
      setTimeout(() => { if (socket === line) connect(); }, wait);
      wait = Math.min(wait * 1.6, 10000);
    };
  }
  addEventListener("hashchange", () => { const old = socket; socket = null; if (old) old.close(); connect(); });
  connect();
}
