package io.sluice.server;

import com.linecorp.armeria.common.HttpData;
import com.linecorp.armeria.common.HttpRequest;
import java.util.Arrays;
import java.util.concurrent.CompletableFuture;

/** Takes a request body into one array, at the pace at which it comes. A large body is never held twice. */
final class ReceivedBody {
    private final ByteBudget.Lease lease;
    private byte[] bytes;
    private int length;

    private ReceivedBody(int announced, ByteBudget.Lease lease) {
        this.lease = lease;
        this.bytes = new byte[announced];
    }

    /**
     * Receives.
     *
     * @param lease grows with the bytes received, and by those announced before they come
     * @throws Refusal (UNAVAILABLE, also by the future) when the budget is spent
     */
    static CompletableFuture<byte[]> of(HttpRequest request, ByteBudget.Lease lease) {
        // No more than the server lets through, which has compared it with the longest body allowed.
        int announced = (int) Math.max(0, request.headers().contentLength());
        lease.growTo(announced);
        ReceivedBody body = new ReceivedBody(announced, lease);
        return request.mapData(body::append).collect().thenApply(end -> body.whole());
    }

    private HttpData append(HttpData data) {
        lease.growTo((long) length + data.length());
        if (length + data.length() > bytes.length) {
            bytes = Arrays.copyOf(bytes, Math.max(2 * length, length + data.length()));
        }
        System.arraycopy(data.array(), 0, bytes, length, data.length());
        length += data.length();
        return HttpData.empty();
    }

    private byte[] whole() {
        return length == bytes.length ? bytes : Arrays.copyOf(bytes, length);
    }
}
