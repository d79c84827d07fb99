package dev.parley.server.dispatch;

/** One handler for each message family. */
public record Handlers(
        LoginHandler login,
        ChatHandler chat,
        RoomHandler rooms,
        PrivateRoomHandler privateRooms,
        HistoryHandler history,
        MetricHandler metrics,
        ChunkHandler chunks,
        UploadHandler uploads) {}
