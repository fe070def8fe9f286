// Collects what a scanner types, wherever on the page it is typed but into a field. Nothing is interpreted here: keys
// go to the station as they were pressed, with their places, so that layout and input method cannot change them.
//
// Which keys are one scan is told by when they were pressed, not by when the page came to handle them: a machine that
// is busy hands over a scan in pieces. What comes after the end of the waiting is torn, and never taken for a code.

const GAP_MS = 1500;          // between two keys of one scan; a scan without an end is over then
const PATIENCE_MS = 6000;     // for the rest of a scan, of scanners that were seen to end theirs by a key
const STEP_MS = 150;          // the silence is listened to in steps: in one that took long, keys may have been held up
const LEAST = 6;              // fewer keys were a slip of the hand
const MOST = 4000;

export class Strokes {
  // `deliver` hears the keys of a scan, what ended it (`key`, `silence`; `torn` for the rest of one that silence had
  // ended), and when its last key was pressed.
  constructor(deliver) {
    this.deliver = deliver;
    this.keys = [];
    this.pressed = -Infinity;
    this.torn = false;
    this.patience = GAP_MS;
    this.timer = 0;
  }

  // Returns true when the key belongs to a scan, and must do nothing else.
  take(event) {
    const end = event.key === "Enter" || event.key === "Tab" || event.code === "Enter" || event.code === "Tab";
    if (!this.goesOn(event)) {
      this.finish("silence");
      this.torn = false;
    }
    if (end && !this.keys.length && !this.torn) return false;
    this.pressed = event.timeStamp;
    if (end) {
      this.finish("key");
      this.torn = false;
      return true;
    }
    if (this.keys.length < MOST) {
      this.keys.push([event.code, event.key, event.shiftKey, event.ctrlKey, event.altKey, event.getModifierState("CapsLock")]);
    }
    this.listen(0);
    return true;
  }

  // Whether a key is one of a scan that is under way.
  holds(event) { return this.goesOn(event) && (this.torn || this.keys.length > 1); }

  goesOn(event) { return event.timeStamp - this.pressed <= GAP_MS; }

  listen(silent) {
    clearTimeout(this.timer);
    const due = performance.now() + STEP_MS;
    this.timer = setTimeout(() => {
      const late = performance.now() > due + STEP_MS;
      if (!late && silent + STEP_MS >= this.patience) this.finish("silence");
      else this.listen(late ? 0 : silent + STEP_MS);
    }, STEP_MS);
  }

  finish(end) {
    clearTimeout(this.timer);
    const keys = this.keys, told = this.torn ? "torn" : end;
    this.keys = [];
    if (end === "silence" && keys.length) this.torn = true;
    if (keys.length < LEAST) return;
    if (told === "key") this.patience = PATIENCE_MS;
    this.deliver(keys, told, this.pressed);
  }
}
