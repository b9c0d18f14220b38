package io.sluice.claudeapi;

import java.io.ByteArrayOutputStream;
import java.net.http.HttpResponse;
import java.nio.ByteBuffer;
import java.util.List;
import java.util.Objects;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.Flow;
import org.jspecify.annotations.Nullable;

/** The beginning of an answer. When there is more than that, the rest is not read, and the connection is closed. */
final class BoundedBody implements HttpResponse.BodySubscriber<BoundedBody.Beginning> {
    /** @param cut whether there would be more */
    @SuppressWarnings("ArrayRecordComponent") // Carried, never compared.
    record Beginning(byte[] bytes, boolean cut) {}

    private final int most;
    private final CompletableFuture<Beginning> body = new CompletableFuture<>();
    private final ByteArrayOutputStream content = new ByteArrayOutputStream();
    private Flow.@Nullable Subscription subscription;

    BoundedBody(int most) {
        this.most = most;
    }

    @Override
    public CompletionStage<Beginning> getBody() {
        return body;
    }

    @Override
    public void onSubscribe(Flow.Subscription begun) {
        subscription = begun;
        begun.request(1);
    }

    @Override
    public void onNext(List<ByteBuffer> buffers) {
        Flow.Subscription rest = Objects.requireNonNull(subscription);
        for (ByteBuffer buffer : buffers) {
            byte[] bytes = new byte[Math.min(buffer.remaining(), most - content.size())];
            buffer.get(bytes);
            content.writeBytes(bytes);
            if (buffer.hasRemaining()) {
                rest.cancel();
                boolean unused = body.complete(new Beginning(content.toByteArray(), true));
                return;
            }
        }
        rest.request(1);
    }

    @Override
    public void onError(Throwable failure) {
        boolean unused = body.completeExceptionally(failure);
    }

    @Override
    public void onComplete() {
        boolean unused = body.complete(new Beginning(content.toByteArray(), false));
    }
}
