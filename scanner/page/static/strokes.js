// Collects what a scanner types, wherever on the page it is typed but into a field. Nothing is interpreted here: keys
// go to the station as they were pressed, with their places, so that layout and input method cannot change them.

const SILENCE_MS = 800;  // a scan without an end is over then; what is cut off becomes a fault, and is never dropped
const LEAST = 6;         // fewer keys were a slip of the hand
const MOST = 4000;

export class Strokes {
  constructor(deliver) {
    this.deliver = deliver;
    this.keys = [];
    this.timer = 0;
  }

  // Returns true when the key belongs to a scan, and must do nothing else.
  take(event) {
    const end = event.key === "Enter" || event.key === "Tab" || event.code === "Enter" || event.code === "Tab";
    if (end && !this.keys.length) return false;
    clearTimeout(this.timer);
    if (end) {
      this.finish();
      return true;
    }
    if (this.keys.length < MOST) {
      this.keys.push([event.code, event.key, event.shiftKey, event.ctrlKey, event.altKey, event.getModifierState("CapsLock")]);
    }
    this.timer = setTimeout(() => this.finish(), SILENCE_MS);
    return true;
  }

  get busy() { return this.keys.length > 1; }

  finish() {
    const keys = this.keys;
    this.keys = [];
    if (keys.length >= LEAST) this.deliver(keys);
  }
}
