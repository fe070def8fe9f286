// The camera. Frames go to the station's program on this machine, which decodes them; none is kept or sent elsewhere.

const FRAME_MS = 350;
const FORGOTTEN_MS = 2_000;  // what was out of sight so long is read again when it comes back

const REASONS = {
  NotAllowedError: "camera-denied", NotFoundError: "camera-none", OverconstrainedError: "camera-none",
  NotReadableError: "camera-busy", AbortError: "camera-busy",
};

export class Camera {
  // `page` says when it is `busy`, has a frame decoded by `look`, hears once what was `found` while it stays in sight,
  // and whether the camera is on, or why not (`changed`).
  constructor(video, page) {
    this.video = video;
    this.page = page;
    this.stream = null;
    this.why = "";
    this.forget();
  }

  // What is in sight is read anew: something else is being done with it.
  forget() { this.seen = ""; }

  tell() { this.page.changed(this.stream !== null, this.why); }

  async turn() {
    if (this.stream) return this.off("");
    // Browsers hide cameras from pages that came over a line on which others could have changed them.
    if (!isSecureContext || !navigator.mediaDevices) return this.off("camera-insecure");
    try {
      this.stream = await navigator.mediaDevices.getUserMedia({ video: { facingMode: "environment", width: 1280 } });
      this.video.srcObject = this.stream;
      await this.video.play();
    } catch (error) {
      return this.off(REASONS[error.name] ?? "camera-none");
    }
    this.stream.getVideoTracks()[0].addEventListener("ended", () => this.off("camera-gone"));
    this.why = "";
    this.forget();
    this.tell();
    this.watch(this.stream);
  }

  off(why) {
    this.stream?.getTracks().forEach((each) => each.stop());
    this.stream = null;
    this.why = why;
    this.tell();
  }

  async watch(stream) {
    const canvas = document.createElement("canvas");
    let inSight = performance.now();
    while (this.stream === stream) {
      if (this.page.busy()) inSight = performance.now();
      else if (this.video.videoWidth) {
        const told = await this.page.look(await this.frame(canvas)).catch((lost) => ({ lost }));
        const what = told.text ?? told.say?.join(" ") ?? (told.several ? "several" : told.lost ? "lost" : "");
        if (performance.now() - inSight > FORGOTTEN_MS) this.forget();
        if (what && this.stream === stream) {
          if (what !== this.seen) {
            this.seen = what;
            await this.page.found(told);
          }
          inSight = performance.now();
        }
      }
      await new Promise((done) => setTimeout(done, FRAME_MS));
    }
  }

  frame(canvas) {
    [canvas.width, canvas.height] = [this.video.videoWidth, this.video.videoHeight];
    canvas.getContext("2d").drawImage(this.video, 0, 0);
    return new Promise((done) => canvas.toBlob(done, "image/jpeg", 0.9));
  }
}
