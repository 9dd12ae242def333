import "../lib/frame.js";
