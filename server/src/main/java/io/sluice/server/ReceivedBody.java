package io.sluice.server;

import com.linecorp.armeria.common.HttpData;
import com.linecorp.armeria.common.HttpObject;
import com.linecorp.armeria.common.HttpRequest;
import com.linecorp.armeria.common.stream.SubscriptionOption;
import io.netty.buffer.ByteBuf;
import io.netty.buffer.ByteBufAllocator;
import java.util.concurrent.CompletableFuture;
import org.jspecify.annotations.Nullable;
import org.reactivestreams.Subscriber;
import org.reactivestreams.Subscription;

/**
 * Takes a request body into one buffer, at the pace at which it comes. A large body is never held twice. The buffer is
 * pooled and outside the heap: bodies wait long enough for a worker to fill the old generation otherwise.
 */
final class ReceivedBody implements Subscriber<HttpObject> {
    private final ByteBudget.Lease lease;
    private final ByteBuf bytes;
    private final CompletableFuture<HttpData> whole = new CompletableFuture<>();
    private @Nullable Subscription subscription;

    private ReceivedBody(ByteBuf bytes, ByteBudget.Lease lease) {
        this.bytes = bytes;
        this.lease = lease;
    }

    /**
     * Receives.
     *
     * @param lease grows with the bytes received, and by those announced before they come
     * @return the body, to be closed by whoever gets it
     * @throws Refusal (UNAVAILABLE, also by the future) when the budget is spent
     */
    static CompletableFuture<HttpData> of(HttpRequest request, ByteBufAllocator allocator, ByteBudget.Lease lease) {
        // No more than the server lets through, which has compared it with the longest body allowed.
        int announced = (int) Math.max(0, request.headers().contentLength());
        lease.growTo(announced);
        ReceivedBody body = new ReceivedBody(allocator.buffer(announced), lease);
        request.subscribe(body, SubscriptionOption.WITH_POOLED_OBJECTS);
        return body.whole;
    }

    @Override
    public void onSubscribe(Subscription begun) {
        subscription = begun;
        begun.request(Long.MAX_VALUE);
    }

    @Override
    public void onNext(HttpObject part) {
        // Trailers are no part of the body.
        if (!(part instanceof HttpData data)) {
            return;
        }
        try (data) {
            if (!whole.isDone()) {
                lease.growTo((long) bytes.readableBytes() + data.length());
                bytes.writeBytes(data.byteBuf());
            }
        } catch (RuntimeException | OutOfMemoryError e) {
            if (subscription != null) {
                subscription.cancel();
            }
            fail(e);
        }
    }

    @Override
    public void onError(Throwable cause) {
        fail(cause);
    }

    private void fail(Throwable cause) {
        if (whole.completeExceptionally(cause)) {
            bytes.release();
        }
    }

    @Override
    public void onComplete() {
        HttpData data = HttpData.wrap(bytes);
        if (!whole.complete(data)) {
            data.close();
        }
    }
}
