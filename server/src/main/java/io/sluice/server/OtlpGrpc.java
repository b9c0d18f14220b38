package io.sluice.server;

import com.google.protobuf.Any;
import com.google.protobuf.Duration;
import com.google.rpc.RetryInfo;
import com.google.rpc.Status;
import com.linecorp.armeria.common.HttpData;
import com.linecorp.armeria.common.HttpRequest;
import com.linecorp.armeria.common.HttpResponse;
import com.linecorp.armeria.common.RequestContext;
import com.linecorp.armeria.common.RequestHeaders;
import com.linecorp.armeria.common.grpc.GrpcExceptionHandlerFunction;
import com.linecorp.armeria.common.grpc.GrpcSerializationFormats;
import com.linecorp.armeria.server.HttpService;
import com.linecorp.armeria.server.ServiceRequestContext;
import com.linecorp.armeria.server.grpc.GrpcService;
import com.linecorp.armeria.server.grpc.GrpcServiceBuilder;
import io.grpc.Metadata;
import io.grpc.MethodDescriptor;
import io.grpc.ServerCall;
import io.grpc.ServerCallHandler;
import io.grpc.ServerServiceDefinition;
import io.grpc.StatusRuntimeException;
import io.grpc.protobuf.StatusProto;
import io.grpc.stub.ServerCalls;
import io.grpc.stub.StreamObserver;
import io.netty.util.AttributeKey;
import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.util.concurrent.CompletableFuture;

/**
 * OTLP over gRPC. Messages are taken as bytes and decoded where the bodies of OTLP/HTTP are: off the event loop and
 * within the same limits.
 */
final class OtlpGrpc {
    private static final MethodDescriptor.Marshaller<byte[]> BYTES = new MethodDescriptor.Marshaller<>() {
        @Override
        public InputStream stream(byte[] value) {
            return new ByteArrayInputStream(value);
        }

        @Override
        public byte[] parse(InputStream stream) {
            try {
                return stream.readAllBytes();
            } catch (IOException e) {
                throw new UncheckedIOException(e);
            }
        }
    };

    /** What was decided from the headers alone. */
    private record Admitted(Caller caller, boolean historical, ByteBudget.Lease lease) {}

    private static final AttributeKey<Admitted> ADMITTED = AttributeKey.valueOf(OtlpGrpc.class, "ADMITTED");
    private static final AttributeKey<Refusal> REFUSED = AttributeKey.valueOf(OtlpGrpc.class, "REFUSED");

    private final Access access;
    private final ByteBudget budget;
    private final Ingest ingest;
    private final int maxRequestBytes;

    OtlpGrpc(Access access, ByteBudget budget, Ingest ingest, int maxRequestBytes) {
        this.access = access;
        this.budget = budget;
        this.ingest = ingest;
        this.maxRequestBytes = maxRequestBytes;
    }

    GrpcService service() {
        GrpcServiceBuilder builder = GrpcService.builder()
                .supportedSerializationFormats(GrpcSerializationFormats.PROTO)
                .maxRequestMessageLength(maxRequestBytes)
                .exceptionHandler(OtlpGrpc::status);
        for (Signal signal : Signal.values()) {
            builder.addService(definition(signal));
        }
        return builder.build();
    }

    /** Decides from the headers, and counts the body as it comes. */
    HttpResponse admit(HttpService service, ServiceRequestContext ctx, HttpRequest request) throws Exception {
        try {
            RequestHeaders headers = request.headers();
            Caller caller = access.caller(ctx, headers, Scope.INGEST, Access.Anonymous.LOOPBACK);
            boolean historical = OtlpHttp.historical(headers, caller);
            ByteBudget.Lease lease = budget.open();
            CompletableFuture<?> unused = ctx.log().whenComplete().thenRun(lease::close);
            ctx.setAttr(ADMITTED, new Admitted(caller, historical, lease));
            long[] received = {0};
            return service.serve(ctx, request.mapData(data -> {
                received[0] += data.length();
                lease.growTo(received[0]);
                return data;
            }));
        } catch (Refusal refusal) {
            ctx.setAttr(REFUSED, refusal);
            return service.serve(ctx, request);
        }
    }

    private ServerServiceDefinition definition(Signal signal) {
        MethodDescriptor<byte[], byte[]> export = MethodDescriptor.<byte[], byte[]>newBuilder()
                .setType(MethodDescriptor.MethodType.UNARY)
                .setFullMethodName(MethodDescriptor.generateFullMethodName(signal.grpcService(), "Export"))
                .setRequestMarshaller(BYTES)
                .setResponseMarshaller(BYTES)
                .build();
        ServerCallHandler<byte[], byte[]> unary =
                ServerCalls.asyncUnaryCall((request, answer) -> export(signal, request, answer));
        return ServerServiceDefinition.builder(signal.grpcService())
                .addMethod(export, (call, metadata) -> {
                    Refusal refusal = ServiceRequestContext.current().attr(REFUSED);
                    if (refusal == null) {
                        return unary.startCall(call, metadata);
                    }
                    Metadata trailers = new Metadata();
                    call.close(status(refusal, trailers), trailers);
                    return new ServerCall.Listener<>() {};
                })
                .build();
    }

    private void export(Signal signal, byte[] request, StreamObserver<byte[]> answer) {
        Admitted admitted = ServiceRequestContext.current().attr(ADMITTED);
        if (admitted == null) {
            throw new IllegalStateException("a call that was not admitted");
        }
        // After decompression; the bytes received were counted as they came.
        admitted.lease().growTo(request.length);
        CompletableFuture<?> unused = ingest.ingest(
                        signal,
                        new Ingest.Body(HttpData.wrap(request), Ingest.Encoding.PROTOBUF, false),
                        admitted.caller(),
                        admitted.historical(),
                        admitted.lease())
                .whenComplete((outcome, failure) -> {
                    if (failure == null) {
                        answer.onNext(signal.response(outcome, Ingest.Encoding.PROTOBUF));
                        answer.onCompleted();
                    } else {
                        Metadata trailers = new Metadata();
                        io.grpc.Status status = status(Refusals.of(failure), trailers);
                        answer.onError(status.asRuntimeException(trailers));
                    }
                });
    }

    private static io.grpc.Status status(
            RequestContext ctx, io.grpc.Status status, Throwable cause, Metadata trailers) {
        Throwable root = cause;
        while (root != null && !(root instanceof Refusal)) {
            root = root.getCause();
        }
        if (root instanceof Refusal refusal) {
            return status(refusal, trailers);
        }
        // Armeria's own view: RESOURCE_EXHAUSTED for a message too long, INVALID_ARGUMENT for a broken one.
        return GrpcExceptionHandlerFunction.of().apply(ctx, status, cause, trailers);
    }

    /** The trailers get the same as a {@code google.rpc.Status}, with RetryInfo where trying again may help. */
    private static io.grpc.Status status(Refusal refusal, Metadata trailers) {
        Status.Builder details =
                Status.newBuilder().setCode(refusal.kind().grpc().value()).setMessage(refusal.getMessage());
        if (refusal.retryAfterSeconds() > 0) {
            details.addDetails(Any.pack(RetryInfo.newBuilder()
                    .setRetryDelay(Duration.newBuilder().setSeconds(refusal.retryAfterSeconds()))
                    .build()));
        }
        StatusRuntimeException exception = StatusProto.toStatusRuntimeException(details.build());
        Metadata packed = exception.getTrailers();
        if (packed != null) {
            trailers.merge(packed);
        }
        return exception.getStatus();
    }
}
