package dev.parley.server.store.model;

/** Whether the store takes a file. */
public enum FileAdmission {
    TAKEN,
    /** The room does not exist, or the uploader may not read it. */
    NO_SUCH_ROOM,
    /** The files of the uploader would exceed their quota. */
    USER_FULL,
    /** The files of the guests of this address would exceed their quota. */
    ADDRESS_FULL,
    /** All files would exceed their quota. */
    STORE_FULL,
    /** The disk of the database has too little free space. */
    DISK_FULL
}
