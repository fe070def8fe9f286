// One tone a verdict, told apart by number and pitch, with a vibration where the machine can.

const TONES = {
  ok: [[1320, 90]],
  caution: [[880, 130], [660, 180]],
  stop: [[240, 260], [240, 260], [240, 420]],
  scanner_fault: [[520, 70], [520, 70], [520, 70]],
};
const SHAKES = { ok: 40, caution: [80, 60, 80], stop: [300, 100, 300], scanner_fault: [50, 50, 50] };
let audio = null;

export function sound(verdict) {
  if (navigator.userActivation?.hasBeenActive) navigator.vibrate?.(SHAKES[verdict]);  // else browsers complain
  try {
    audio ??= new AudioContext();
    if (audio.state === "suspended") audio.resume();
    let at = audio.currentTime;
    for (const [pitch, ms] of TONES[verdict]) {
      const tone = audio.createOscillator(), gain = audio.createGain();
      tone.type = verdict === "stop" ? "square" : "sine";
      tone.frequency.value = pitch;
      gain.gain.setValueAtTime(0.2, at);
      gain.gain.setTargetAtTime(0, at + ms / 1000, 0.015);
      tone.connect(gain).connect(audio.destination);
      tone.start(at);
      tone.stop(at + ms / 1000 + 0.1);
      at += ms / 1000 + 0.07;
    }
  } catch {
    // a machine without sound still shows the verdict
  }
}
