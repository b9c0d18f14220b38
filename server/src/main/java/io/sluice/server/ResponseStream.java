package io.sluice.server;

import com.linecorp.armeria.common.HttpData;
import com.linecorp.armeria.common.HttpResponseWriter;
import java.io.IOException;
import java.io.OutputStream;
import java.util.Arrays;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;

/** The body of an answer, written as fast as the client reads it. For one thread, not of an event loop. */
final class ResponseStream extends OutputStream {
    private static final int CHUNK = 64 * 1024;
    private static final int PATIENCE_SECONDS = 60;

    private final HttpResponseWriter response;
    private final byte[] buffer = new byte[CHUNK];
    private int size;

    ResponseStream(HttpResponseWriter response) {
        this.response = response;
    }

    @Override
    public void write(int b) throws IOException {
        if (size == CHUNK) {
            send();
        }
        buffer[size++] = (byte) b;
    }

    @Override
    public void write(byte[] bytes, int from, int length) throws IOException {
        int at = from;
        int end = from + length;
        while (at < end) {
            if (size == CHUNK) {
                send();
            }
            int some = Math.min(end - at, CHUNK - size);
            System.arraycopy(bytes, at, buffer, size, some);
            size += some;
            at += some;
        }
    }

    private void send() throws IOException {
        if (size == 0) {
            return;
        }
        if (!response.tryWrite(HttpData.wrap(Arrays.copyOf(buffer, size)))) {
            throw new IOException("the client has gone");
        }
        size = 0;
        try {
            response.whenConsumed().get(PATIENCE_SECONDS, TimeUnit.SECONDS);
        } catch (ExecutionException | TimeoutException e) {
            throw new IOException("the client does not read", e);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new IOException("the server is stopping", e);
        }
    }

    /** Sends what is left; the answer goes on until its writer is closed. */
    @Override
    public void close() throws IOException {
        send();
    }
}
