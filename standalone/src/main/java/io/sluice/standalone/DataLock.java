package io.sluice.standalone;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.channels.FileLock;
import java.nio.channels.OverlappingFileLockException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.OptionalLong;
import org.jspecify.annotations.Nullable;

/** One supervisor per data folder. The operating system gives the lock back however the supervisor ends. */
final class DataLock implements AutoCloseable {
    private final FileChannel channel;

    private DataLock(FileChannel channel) {
        this.channel = channel;
    }

    /**
     * Takes the lock and writes down who has it.
     *
     * @throws CommandException naming the process that has it
     */
    static DataLock take(DataFolder data) throws IOException {
        FileChannel channel = open(data.lock());
        if (!isFree(channel)) {
            String holder = text(channel);
            channel.close();
            throw new CommandException("data folder: " + data.root() + " is in use by process " + holder
                    + " (expected: one stack per data folder; end that one with ./sluice down --data " + data.root()
                    + ", or set another folder with --data)");
        }
        byte[] pid = Long.toString(ProcessHandle.current().pid()).getBytes(StandardCharsets.US_ASCII);
        channel.truncate(0);
        channel.write(ByteBuffer.wrap(pid), 0);
        return new DataLock(channel);
    }

    /** The process that has the lock; empty: nobody. */
    static OptionalLong holder(DataFolder data) throws IOException {
        if (!Files.exists(data.lock())) {
            return OptionalLong.empty();
        }
        try (FileChannel channel = open(data.lock())) {
            return isFree(channel) ? OptionalLong.empty() : OptionalLong.of(Long.parseLong(text(channel)));
        } catch (NumberFormatException e) {
            // Between the lock and its writing down there is a moment.
            return OptionalLong.empty();
        }
    }

    private static FileChannel open(Path file) throws IOException {
        return FileChannel.open(file, StandardOpenOption.CREATE, StandardOpenOption.READ, StandardOpenOption.WRITE);
    }

    /** If so it is locked by the channel from now on, until that is closed. */
    private static boolean isFree(FileChannel channel) throws IOException {
        @Nullable FileLock lock;
        try {
            lock = channel.tryLock();
        } catch (OverlappingFileLockException e) {
            return false;
        }
        return lock != null;
    }

    private static String text(FileChannel channel) throws IOException {
        ByteBuffer bytes = ByteBuffer.allocate(32);
        channel.read(bytes, 0);
        return new String(bytes.array(), 0, bytes.position(), StandardCharsets.US_ASCII);
    }

    @Override
    public void close() throws IOException {
        channel.close();
    }
}
