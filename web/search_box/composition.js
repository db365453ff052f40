// Whether a key belongs to the input method or to us.
//
// Chrome and Firefox send the key first (isComposing, keyCode 229), then compositionend; where the
// input method hands the key on, as Korean ones do, it comes once more as itself. WebKit sends
// compositionend first and the key that caused it right after; Android's search key comes there too,
// but means what it says.
const SAME_PRESS = 100;
const ANDROID = /Android/i.test(navigator.userAgent);

class Composition {
  active = false;
  #ended = 0;
  #held = "";

  begin() {
    this.active = true;
  }

  end(event) {
    this.active = false;
    this.#ended = event.timeStamp;
  }

  takes(event) {
    const ended = this.#ended;
    this.#ended = 0;
    if (event.isComposing || event.keyCode === 229) {
      this.#held = event.code;
      return true;
    }
    const near = ended > 0 && Math.abs(event.timeStamp - ended) < SAME_PRESS;
    const handedOn = this.#held !== "" && this.#held === event.code;
    return near && !handedOn && !ANDROID;
  }

  released() {
    this.#held = "";
  }
}
