package io.sluice.transcripts;

import java.io.IOException;
import java.io.InputStream;
import java.nio.file.Files;
import java.nio.file.Path;

/**
 * Decodes session files of Claude Code: one JSON object per line, one line per content block of a message. A bad line is
 * a dead letter, and everything else in the file goes on. README.md tells which line becomes what.
 *
 * <p>Memory is bounded by the longest line, and by the number of responses in a file. Not thread-safe: one per thread.
 */
public final class SessionFileDecoder {
    /** Longer lines are dead letters. */
    public static final int MAX_LINE_BYTES = 64 << 20;

    private static final String EXTENSION = ".jsonl";

    private final SessionFileSink sink;
    private final Records records;
    private final Lines lines = new Lines(MAX_LINE_BYTES);
    private final LineReader reader = new LineReader();

    public SessionFileDecoder(SessionFileContext context, SessionFileSink sink) {
        this.sink = sink;
        records = new Records(context);
    }

    /**
     * Decodes a file.
     *
     * @throws IOException if the file cannot be read; what was decoded until then has gone to the sink
     */
    public FileCounts decode(Path file) throws IOException {
        try (InputStream in = Files.newInputStream(file)) {
            return decode(file, in);
        }
    }

    /**
     * The same from a stream, for example one that feeds a progress bar.
     *
     * @param file where the bytes come from; its name stands in for a missing session id, and in dead letters
     * @param in not buffered further, not closed
     */
    public FileCounts decode(Path file, InputStream in) throws IOException {
        String name = String.valueOf(file.getFileName());
        lines.open(in);
        return new OneFile(sink, reader, records, name, sessionOf(file, name)).decode(lines);
    }

    /** Subagents' files lie in {@code <session>/subagents/}; any other file is named after its session. */
    private static String sessionOf(Path file, String name) {
        Path folder = file.getParent();
        Path session = folder == null ? null : folder.getParent();
        if (folder != null && session != null && session.getFileName() != null && folder.endsWith("subagents")) {
            return session.getFileName().toString();
        }
        return name.endsWith(EXTENSION) ? name.substring(0, name.length() - EXTENSION.length()) : name;
    }
}
