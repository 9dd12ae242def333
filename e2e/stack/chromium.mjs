// Debian's Chromium, headless, with a fresh profile.
import { chromium } from "playwright-core";

const flags = [
  "--no-sandbox",
  "--disable-gpu",
  "--disable-quic",
  "--no-first-run",
  "--disable-background-networking",
  "--disable-component-update",
  "--disable-sync",
];

export const startChromium = (options) => chromium.launch({ executablePath: "/usr/bin/chromium", args: flags, ...options });
