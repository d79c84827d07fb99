/** @typedef {import('../../../parley/parley-client.js').Attachment} Attachment */
/** @typedef {import('../../../parley/parley-client.js').ParleyClient} ParleyClient */
/**
 * A file on its way to the server. `error` says why it did not get there.
 * @typedef {{
 *   file: File, room: string, sent: number, total: number, error?: Error, end: AbortController,
 *   whenSent: (attachment: Attachment) => void,
 * }} Upload
 */

/** The files that are on their way, in the order in which they were chosen. */
export class Uploads {
  /** @type {Upload[]} */
  list = [];
  #client;
  #changed;

  /**
   * @param {ParleyClient} client
   * @param {() => void} changed
   */
  constructor(client, changed) {
    this.#client = client;
    this.#changed = changed;
  }

  /**
   * @param {string} room
   * @param {File} file
   * @param {(attachment: Attachment) => void} whenSent
   */
  add(room, file, whenSent) {
    const upload = { file, room, sent: 0, total: file.size, end: new AbortController(), whenSent };
    this.list = [...this.list, upload];
    this.#send(upload);
  }

  /** @param {Upload} upload that failed */
  retry(upload) {
    upload.error = undefined;
    upload.sent = 0;
    upload.end = new AbortController();
    this.#send(upload);
  }

  /** @param {Upload} upload that failed, or that is not wanted any more */
  discard(upload) {
    upload.end.abort();
    this.list = this.list.filter((other) => other !== upload);
    this.#changed();
  }

  /** @param {Upload} upload */
  async #send(upload) {
    this.#changed();
    const { file, room, end } = upload;
    try {
      const attachment = await this.#client.upload(room, file, {
        signal: end.signal,
        onProgress: ({ sent, total }) => {
          Object.assign(upload, { sent, total });
          this.#changed();
        },
      });
      this.list = this.list.filter((other) => other !== upload);
      upload.whenSent(attachment);
    } catch (error) {
      if (!end.signal.aborted) upload.error = /** @type {Error} */ (error);
    }
    this.#changed();
  }
}
