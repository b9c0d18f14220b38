package io.sluice.schema;

import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.apache.avro.specific.SpecificRecordBase;

/** One record of every kind, every field set to a value of its own. What the golden files hold. */
final class Samples {
    private static final long TIME = 1_795_459_944_601_123L;

    private Samples() {}

    static List<SpecificRecordBase> all() {
        return List.of(
                actor(),
                usageEvent(),
                counterPoint(),
                activityEvent(),
                contentEvent(),
                spendCell(),
                ledgerEntry(),
                deadLetter(),
                token(),
                directoryUser(),
                directoryTeam(),
                directoryGroup(),
                directoryMembership(),
                directoryRole(),
                directorySeats(),
                directorySeatRequest(),
                directoryOrganization(),
                directoryVersion("user", "usr_1").setUser(directoryUser()).build(),
                directoryVersion("team", "usr_1").setTeam(directoryTeam()).build(),
                directoryVersion("group", "grp_1").setGroup(directoryGroup()).build(),
                directoryVersion("membership", "grp_1|usr_1")
                        .setDeleted(true)
                        .setMembership(directoryMembership())
                        .build(),
                directoryVersion("role", "rol_1").setRole(directoryRole()).build(),
                directoryVersion("seats", "premium").setSeats(directorySeats()).build(),
                directoryVersion("seat-request", "req_1")
                        .setSeatRequest(directorySeatRequest())
                        .build(),
                directoryVersion("organization", "acme")
                        .setOrganization(directoryOrganization())
                        .build(),
                cap(),
                includedUsage(),
                capSettings(),
                capVersion("cap", "user|usr_1|monthly").setCap(cap()).build(),
                capVersion("settings", "acme")
                        .setDeleted(true)
                        .setSettings(capSettings())
                        .build(),
                increaseRequest(),
                capVersion("increase_request", "slir_1")
                        .setIncreaseRequest(increaseRequest())
                        .build(),
                codeMetricRow(),
                activeUsers(),
                alert(),
                spendMonth(),
                delivery(),
                auditRecord(),
                reportedRow(),
                reportedDay(),
                contentTarget(),
                legalHold(),
                erasure(),
                retentionClass(),
                retentionSettings(),
                savedSearch(),
                complianceChange("hold").setHold(legalHold()).build(),
                complianceChange("release").setRelease("hold_1").build(),
                complianceChange("erasure").setErasure(erasure()).build(),
                complianceChange("start").setStart("erasure_1").build(),
                complianceChange("retention").setRetention(retentionSettings()).build(),
                complianceChange("saved_search").setSavedSearch(savedSearch()).build(),
                complianceChange("forgotten_search")
                        .setForgottenSearch("search_1")
                        .build(),
                erasureProgress(),
                auditEntry(),
                complianceActivity(),
                complianceDirectoryEntry());
    }

    /** One record has several samples where it holds one of several things: this tells them apart, else empty. */
    static String variant(SpecificRecordBase sample) {
        if (sample instanceof DirectoryVersion version) {
            return version.getKind();
        }
        if (sample instanceof ComplianceChange change) {
            return change.getKind();
        }
        return sample instanceof CapVersion version ? version.getKind() : "";
    }

    private static Map<String, String> attributes() {
        Map<String, String> attributes = new LinkedHashMap<>();
        attributes.put("app.version", "2.1.328");
        attributes.put("ümlaut", "世界 \ud83d\ude00");
        return attributes;
    }

    private static Actor actor() {
        return Actor.newBuilder()
                .setAccountId("user_01Alice")
                .setAccountUuid("a1a1a1a1-0000-4000-8000-000000000001")
                .setEmail("alice@example.com")
                .setEndUserId("alice")
                .setInstallationId("e6630053d1646b27")
                .setApiKeyName("ci")
                .build();
    }

    static UsageEvent usageEvent() {
        return UsageEvent.newBuilder()
                .setOrgId("acme")
                .setEventId("02347c68e563270ec45ca8e3f442d51a")
                .setOccurredAt(TIME)
                .setReceivedAt(TIME + 1)
                .setSource("otlp-logs")
                .setHistorical(true)
                .setActor(actor())
                .setSessionId("5ce97f93-768a-48fb-a236-9b8fea877312")
                .setSequence(5L)
                .setRequestId("req_1")
                .setClientRequestId("client_1")
                .setMessageId("msg_1")
                .setSidechain(true)
                .setModel("claude-opus-4-5")
                .setProduct("claude-code")
                .setInputTokens(1_201)
                .setOutputTokens(322)
                .setCacheReadTokens(15_000)
                .setCacheCreationTokens(3_000)
                .setCacheCreation5mTokens(1_000)
                .setCacheCreation1hTokens(2_000)
                .setWebSearchRequests(2)
                .setFast(true)
                .setBatch(true)
                .setInferenceGeo("us")
                .setReportedCostMicros(40_305L)
                .setReportedCostUsd(0.040305)
                .setTeam("platform")
                .setRepository("https://git.example.com/acme/billing")
                .setMcpServer("tracker")
                .setSkill("review")
                .setAgent("explore")
                .setQuerySource("sdk")
                .setPromptId("32d31cf1-4476-4b56-8c33-20222a54b317")
                .setTerminal("vscode")
                .setRemote(true)
                .setAttributes(attributes())
                .build();
    }

    static CounterPoint counterPoint() {
        return CounterPoint.newBuilder()
                .setOrgId("acme")
                .setEventId("12347c68e563270ec45ca8e3f442d51a")
                .setOccurredAt(TIME)
                .setReceivedAt(TIME + 1)
                .setSource("otlp-metrics")
                .setHistorical(true)
                .setActor(actor())
                .setSessionId("session-1")
                .setMetric("claude_code.cost.usage")
                .setUnit("USD")
                .setTemporality(Temporality.CUMULATIVE)
                .setMonotonic(false)
                .setStartAt(TIME - 60_000_000)
                .setValue(0.040305)
                .setSeriesId("22347c68e563270ec45ca8e3f442d51a")
                .setProduct("claude-code")
                .setModel("claude-opus-4-5")
                .setType("input")
                .setTeam("platform")
                .setRepository("acme/billing")
                .setMcpServer("tracker")
                .setSkill("review")
                .setTerminal("vscode")
                .setRemote(true)
                .setAttributes(attributes())
                .build();
    }

    static ActivityEvent activityEvent() {
        return ActivityEvent.newBuilder()
                .setOrgId("acme")
                .setEventId("32347c68e563270ec45ca8e3f442d51a")
                .setOccurredAt(TIME)
                .setReceivedAt(TIME + 1)
                .setSource("otlp-logs")
                .setHistorical(true)
                .setActor(actor())
                .setSessionId("session-1")
                .setSequence(6L)
                .setName("tool_decision")
                .setPromptId("prompt-1")
                .setProduct("claude-code")
                .setTeam("platform")
                .setRepository("acme/billing")
                .setTerminal("vscode")
                .setRemote(true)
                .setAttributes(attributes())
                .build();
    }

    static ContentEvent contentEvent() {
        return ContentEvent.newBuilder()
                .setOrgId("acme")
                .setEventId("42347c68e563270ec45ca8e3f442d51a")
                .setOccurredAt(TIME)
                .setReceivedAt(TIME + 1)
                .setSource("session-file")
                .setHistorical(true)
                .setActor(actor())
                .setConversationId("session-1")
                .setMessageId("msg_1")
                .setRole("assistant")
                .setModel("claude-opus-4-5")
                .setProduct("claude-code")
                .setText("line 1\nline 2 \ud83d\ude00")
                .setAttributes(attributes())
                .setTitle("Vendor contract")
                .setProjectId("claude_proj_1")
                .setToolNames(List.of("Bash"))
                .setToolText("ls -l")
                .setFiles(List.of("terms.pdf"))
                .setDeletedUpstreamAt(TIME + 2)
                .build();
    }

    static SpendCell spendCell() {
        return SpendCell.newBuilder()
                .setOrgId("acme")
                .setStartingAt(1_795_456_800_000_000L)
                .setUser("alice@example.com")
                .setTeam("platform")
                .setModel("claude-opus-4-5")
                .setProduct("claude-code")
                .setRepository("acme/billing")
                .setMcpServer("tracker")
                .setSkill("review")
                .setBasis("events")
                .setSpendMicros(161_400)
                .setRequests(4)
                .setInputTokens(1)
                .setOutputTokens(2)
                .setCacheReadTokens(3)
                .setCacheCreationTokens(4)
                .setImportedIn(202_611)
                .setVersion(7)
                .setTeamSource("directory")
                .setSegmentAt(1_795_457_000_000_000L)
                .setTerminal("vscode")
                .setRemote(true)
                .build();
    }

    private static LedgerEntry ledgerEntry() {
        return LedgerEntry.newBuilder()
                .setOrgId("acme")
                .setSource("otlp-logs")
                .setHour(1_795_456_800_000_000L)
                .setReceived(28)
                .setAccepted(1)
                .setDuplicate(2)
                .setRejected(3)
                .setLate(4)
                .setIgnored(5)
                .setErased(6)
                .setSuperseded(7)
                .build();
    }

    private static DeadLetter deadLetter() {
        return DeadLetter.newBuilder()
                .setOrgId("acme")
                .setEventId("52347c68e563270ec45ca8e3f442d51a")
                .setReceivedAt(TIME)
                .setSource("otlp-logs")
                .setReason("number-out-of-range")
                .setField("input_tokens")
                .setMessage("input_tokens: -1 (expected: 0 to 1000000000)")
                .setSessionId("session-1")
                .setName("api_request")
                .build();
    }

    static Token token() {
        return Token.newBuilder()
                .setId("tok_1")
                .setOrgId("acme")
                .setName("laptops")
                .setSha256("9f86d081884c7d659a2feaa0c55ad015a3bf4f1b2b0b822cd15d6c15b0f00a08")
                .setScopes(List.of("ingest", "read"))
                .setOrganizationIds(List.of("11111111-1111-4111-8111-111111111111"))
                .setCreatedAt(TIME)
                .setRevokedAt(TIME + 1)
                .setExpiresAt(TIME + 2)
                .setLinkedOrganizations(List.of("beta"))
                .setUserId("usr_1")
                .setReplaces("tok_0")
                .setLastUsedAt(TIME + 3)
                .setUserLabel("alice@example.com")
                .build();
    }

    private static DirectoryUser directoryUser() {
        return DirectoryUser.newBuilder()
                .setUserName("Alice@example.com")
                .setExternalId("00u1")
                .setEmails(List.of("alice@example.com", "a.liddell@example.com"))
                .setAccountId("user_01Alice")
                .setAccountUuid("a1a1a1a1-0000-4000-8000-000000000001")
                .setDisplayName("Alice Liddell \ud83d\ude00")
                .setActive(false)
                .setSeatTier("premium")
                .setResource("{\"userName\":\"Alice@example.com\"}")
                .build();
    }

    private static DirectoryTeam directoryTeam() {
        return DirectoryTeam.newBuilder().setTeam("platform").build();
    }

    private static DirectoryGroup directoryGroup() {
        return DirectoryGroup.newBuilder()
                .setDisplayName("Engineers")
                .setExternalId("00g1")
                .setRoleIds(List.of("rol_1", "rol_2"))
                .build();
    }

    private static DirectoryMembership directoryMembership() {
        return DirectoryMembership.newBuilder()
                .setGroupId("grp_1")
                .setUserId("usr_1")
                .setWithDisplay(true)
                .build();
    }

    private static DirectoryRole directoryRole() {
        return DirectoryRole.newBuilder()
                .setName("Reviewer")
                .setDescription("Reads code and comments on it")
                .setProducts(List.of("chat", "code"))
                .setTools(List.of("Read", "Grep"))
                .setMcpServers(List.of("tracker"))
                .setFileAccess("read")
                .setSpendRights(List.of("view_own", "request_increase"))
                .setAdminScopes(List.of("read:analytics"))
                .build();
    }

    private static DirectorySeats directorySeats() {
        return DirectorySeats.newBuilder()
                .setPurchased(250)
                .setPriceMicros(150_000_000)
                .setIdempotencyKey("renewal-2026")
                .build();
    }

    private static DirectorySeatRequest directorySeatRequest() {
        return DirectorySeatRequest.newBuilder()
                .setUserId("usr_1")
                .setTier("premium")
                .setStatus("approved")
                .setReason("on call")
                .build();
    }

    static DirectoryOrganization directoryOrganization() {
        return DirectoryOrganization.newBuilder()
                .setName("Acme")
                .setPlan("team")
                .setParentId("acme-holding")
                .setDefaultRoleIds(List.of("rol_2"))
                .setDefaultSeatTier("standard")
                .setAnalyticsPrivacy("team-only")
                .setMinimumGroupSize(8)
                .build();
    }

    static CodeMetricRow codeMetricRow() {
        return CodeMetricRow.newBuilder()
                .setOrgId("acme")
                .setRowId("row-1")
                .setVersion(11)
                .setStartingAt(TIME)
                .setSessionId("5ce97f93-768a-48fb-a236-9b8fea877312")
                .setUser("alice@example.com")
                .setTeam("platform")
                .setTeamSource("directory")
                .setProduct("claude-code")
                .setRepository("acme/billing")
                .setTerminal("vscode")
                .setAppVersion("2.1.328")
                .setRemote(true)
                .setModel("claude-opus-4-5")
                .setTool("Edit")
                .setLanguage("Python")
                .setMcpServer("ledger")
                .setSkill("review")
                .setAgent("explorer")
                .setStatus("529")
                .setMode("plan")
                .setSessionsStarted(100)
                .setSessionHours(101)
                .setSessionDays(102)
                .setSessionWeeks(103)
                .setSessionMonths(104)
                .setPrompts(105)
                .setActiveUserMicros(106)
                .setActiveCliMicros(107)
                .setLinesAdded(108)
                .setLinesRemoved(109)
                .setCommits(110)
                .setPullRequests(111)
                .setAcceptedConfig(112)
                .setAcceptedHook(113)
                .setAcceptedUserPermanent(114)
                .setAcceptedUserTemporary(115)
                .setAcceptedOther(116)
                .setRejectedConfig(117)
                .setRejectedHook(118)
                .setRejectedUserAbort(119)
                .setRejectedUserReject(120)
                .setRejectedOther(121)
                .setToolSucceeded(122)
                .setToolFailed(123)
                .setApiRequests(124)
                .setApiErrors(125)
                .setApiRetries(126)
                .setApiRetriesExhausted(127)
                .setApiRefusals(128)
                .setMcpConnected(129)
                .setMcpFailed(130)
                .setMcpDisconnected(131)
                .setSkillActivations(132)
                .setSubagentRuns(133)
                .setCompactions(134)
                .setModeChanges(135)
                .setEventsSeen(136)
                .setEventsMissing(137)
                .setEventsCountersDifference(138)
                .setSessionDaysCountersOnly(139)
                .setPointsWrongTemporality(140)
                .setFactsLate(141)
                .setToolDurationMs(List.of(3L, 40L))
                .setApiDurationMs(List.of(900L))
                .setActiveMinutes(List.of(0, 59))
                .setChannels(List.of("events", "counters"))
                .setAheadMicros(7)
                .setFirstAt(TIME + 1)
                .setLastAt(TIME + 2)
                .setEmpty(true)
                .build();
    }

    private static ActiveUsers activeUsers() {
        return ActiveUsers.newBuilder()
                .setOrgId("acme")
                .setPeriod("week")
                .setStartingAt(TIME)
                .setDimension("team")
                .setValue("platform")
                .setUsers(12)
                .setApproximate(true)
                .setVersion(13)
                .build();
    }

    static Alert alert() {
        return Alert.newBuilder()
                .setOrgId("acme")
                .setId("0f8fad5b")
                .setKind("spend_threshold")
                .setStatus("firing")
                .setUser("alice@example.com")
                .setScopeType("rbac_group")
                .setScopeId("grp_1")
                .setCapId("rbac_group|grp_1|monthly")
                .setCapVersion(3)
                .setPeriod("monthly")
                .setPeriodStart(TIME - 3_600_000_000L)
                .setAmountMicros(50_000_000L)
                .setThreshold(75)
                .setOccurrence(2)
                .setCause("spend")
                .setSpendBeforeMicros(37_400_000L)
                .setSpendAfterMicros(37_600_000L)
                .setCrossingEventId("02347c68e563270ec45ca8e3f442d51a")
                .setLate(true)
                .setAt(TIME)
                .setDetails(Map.of("number", "7"))
                .build();
    }

    static SpendMonth spendMonth() {
        return SpendMonth.newBuilder()
                .setOrgId("acme")
                .setSubjectType("user")
                .setSubject("alice@example.com")
                .setMonth(202611)
                .setVersion(42)
                .setDayMicros(List.of(161_400L, 0L, 24_201L))
                .setCuts(List.of(1_762_000_000_000_000L))
                .setCutMicros(List.of(24_000L))
                .build();
    }

    private static Cap cap() {
        return Cap.newBuilder()
                .setScopeType("user")
                .setScopeId("usr_1")
                .setPeriod("monthly")
                .setAmountMicros(50_000_000L)
                .setEnabled(false)
                .setThresholds(List.of(50, 100))
                .setReason("release week")
                .build();
    }

    private static IncludedUsage includedUsage() {
        return new IncludedUsage("premium", "weekly", 20_000_000L);
    }

    static CapSettings capSettings() {
        return CapSettings.newBuilder()
                .setGroupLimit("highest")
                .setIncluded(List.of(includedUsage()))
                .setWarningPercent(80)
                .setWriteUpstream(true)
                .setEnforcement("block")
                .setUnreachable("closed")
                .build();
    }

    private static IncreaseRequest increaseRequest() {
        return IncreaseRequest.newBuilder()
                .setUserId("usr_1")
                .setPeriod("monthly")
                .setStatus("approved")
                .setReason("release week")
                .setAmountMicros(60_000_000L)
                .setLimitVersion(3)
                .build();
    }

    private static CapVersion.Builder capVersion(String kind, String id) {
        return CapVersion.newBuilder()
                .setOrgId("acme")
                .setKind(kind)
                .setId(id)
                .setVersion(3)
                .setEffectiveAt(TIME - 60_000_000L)
                .setRecordedAt(TIME)
                .setCreatedAt(TIME - 7_200_000_000L)
                .setChangedBy("tok_1");
    }

    private static DirectoryVersion.Builder directoryVersion(String kind, String id) {
        return DirectoryVersion.newBuilder()
                .setOrgId("acme")
                .setKind(kind)
                .setId(id)
                .setVersion(3)
                .setEffectiveAt(TIME - 3_600_000_000L)
                .setRecordedAt(TIME)
                .setCreatedAt(TIME - 7_200_000_000L)
                .setSource("scim")
                .setChangedBy("tok_1");
    }

    private static Delivery delivery() {
        return Delivery.newBuilder()
                .setOrgId("acme")
                .setDestination("billing-webhook")
                .setSubject("premium")
                .setVersion(3)
                .setDeliveredAt(TIME)
                .setAttempts(2)
                .build();
    }

    private static AuditRecord auditRecord() {
        return AuditRecord.newBuilder()
                .setOrgId("acme")
                .setEventId("62347c68e563270ec45ca8e3f442d51a")
                .setOccurredAt(TIME)
                .setActor("tok_1")
                .setAction("PATCH /scim/v2/Users/{id}")
                .setTarget("usr_1")
                .setOutcome("done")
                .setRemote("127.0.0.1")
                .setDetails(attributes())
                .build();
    }

    private static ReportedRow reportedRow() {
        return ReportedRow.newBuilder()
                .setOrgId("acme")
                .setRowId("72347c68e563270ec45ca8e3f442d51a")
                .setReport("user_cost")
                .setAdapter("enterprise-user-cost")
                .setStartingAt(TIME - 3_600_000_000L)
                .setEndingAt(TIME - 1_800_000_000L)
                .setFetchedAt(TIME)
                .setRefreshedAt(TIME - 1)
                .setGone(true)
                .setActor("alice@example.com")
                .setProduct("claude_code")
                .setModel("claude-opus-4-5")
                .setDimensions(Map.of("product", "claude_code"))
                .setRequests(4L)
                .setInputTokens(1)
                .setOutputTokens(2)
                .setCacheReadTokens(3)
                .setCacheCreationTokens(11)
                .setCacheCreation5mTokens(5)
                .setCacheCreation1hTokens(6)
                .setTotalTokens(17L)
                .setWebSearchRequests(7)
                .setCostMicros(161_400L)
                .setListCostMicros(201_750L)
                .setSessions(8L)
                .setLinesAdded(9L)
                .setLinesRemoved(10L)
                .setCommits(12L)
                .setPullRequests(13L)
                .setToolActionsAccepted(14L)
                .setToolActionsRejected(15L)
                .setCounts(Map.of("chat_metrics.message_count", 16L))
                .setAttributes(Map.of("actor.name", "Alice Liddell \ud83d\ude00"))
                .build();
    }

    private static ReportedDay reportedDay() {
        return ReportedDay.newBuilder()
                .setOrgId("acme")
                .setReport("cost")
                .setAdapter("analytics-cost")
                .setStartingAt(TIME - 3_600_000_000L)
                .setEndingAt(TIME - 1_800_000_000L)
                .setFetchedAt(TIME)
                .setRefreshedAt(TIME - 1)
                .setFirstFetchedAt(TIME - 2)
                .setRows(3)
                .setRejected(4)
                .setCostMicros(161_400L)
                .setListCostMicros(201_750L)
                .setFirstCostMicros(161_300L)
                .setFirstListCostMicros(201_700L)
                .setIncomplete(true)
                .build();
    }

    private static ContentTarget contentTarget() {
        return ContentTarget.newBuilder()
                .setKind("user")
                .setConversationIds(List.of("session-1"))
                .setLabels(List.of("alice@example.com", "user_01"))
                .setUserIds(List.of("usr_1"))
                .setProjectIds(List.of("claude_proj_1"))
                .setDocuments(List.of("62347c68e563270ec45ca8e3f442d51a"))
                .setSearchId("search_1")
                .setProduct("claude_code")
                .setUntil(TIME)
                .build();
    }

    private static LegalHold legalHold() {
        return LegalHold.newBuilder()
                .setId("hold_1")
                .setMatter("Wonderland v. Looking-Glass")
                .setReason("letter of the court")
                .setTargets(List.of(contentTarget()))
                .build();
    }

    private static Erasure erasure() {
        return Erasure.newBuilder()
                .setId("erasure_1")
                .setTarget(contentTarget())
                .setReason("request of the data subject")
                .setDueAt(TIME + 1)
                .setUpstream(true)
                .build();
    }

    private static RetentionClass retentionClass() {
        return RetentionClass.newBuilder()
                .setId("class_1")
                .setProduct("chat")
                .setGroupId("grp_1")
                .setDays(365)
                .build();
    }

    private static RetentionSettings retentionSettings() {
        return RetentionSettings.newBuilder()
                .setClasses(List.of(retentionClass()))
                .build();
    }

    private static SavedSearch savedSearch() {
        return SavedSearch.newBuilder()
                .setId("search_1")
                .setName("tarts")
                .setQuery("{\"q\":\"tarts\"}")
                .build();
    }

    private static ComplianceChange.Builder complianceChange(String kind) {
        return ComplianceChange.newBuilder()
                .setOrgId("acme")
                .setNumber(7)
                .setRecordedAt(TIME)
                .setChangedBy("tok_1")
                .setKind(kind);
    }

    private static ErasureProgress erasureProgress() {
        return ErasureProgress.newBuilder()
                .setOrgId("acme")
                .setErasureId("erasure_1")
                .setVersion(4)
                .setStatus("completed")
                .setStartNumber(8)
                .setFound(3L)
                .setErased(2)
                .setHeld(1)
                .setHeldBy(List.of("hold_1"))
                .setHiddenAt(TIME)
                .setErasedAt(TIME + 1)
                .setReceipt("{}")
                .setError("none")
                .setAt(TIME + 2)
                .build();
    }

    private static AuditEntry auditEntry() {
        return AuditEntry.newBuilder()
                .setOrgId("acme")
                .setNumber(2)
                .setPreviousHash("a".repeat(64))
                .setHash("b".repeat(64))
                .setRecord(auditRecord())
                .build();
    }

    private static ComplianceActivity complianceActivity() {
        return ComplianceActivity.newBuilder()
                .setOrgId("acme")
                .setActivityId("activity_1")
                .setCreatedAt(TIME)
                .setFetchedAt(TIME + 1)
                .setType("claude_chat_created")
                .setActorType("user_actor")
                .setUserId("user_01")
                .setOrganizationUuid("62347c68-e563-270e-c45c-a8e3f442d51a")
                .setRaw("{}")
                .build();
    }

    private static ComplianceDirectoryEntry complianceDirectoryEntry() {
        return ComplianceDirectoryEntry.newBuilder()
                .setOrgId("acme")
                .setKind("member")
                .setEntryId("user_01")
                .setParentId("rbac_group_01")
                .setFetchedAt(TIME)
                .setEmail("alice@example.com")
                .setName("Alice")
                .setGone(true)
                .setRaw("{}")
                .build();
    }
}
