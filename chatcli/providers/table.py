"""Defines the built-in providers: one row of data each, without behaviour.

A row contains the address of the endpoint, the variable of its key, and its deviations from the protocol's reference.
Rows hold facts from the providers' own SDKs and documentation; doubtful ones are omitted, because a setting or the
server's own error is more reliable than a guess.

*hosts* only select the dialect and may be broad; *key_hosts* alone decide where a key may be sent.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from types import MappingProxyType
from typing import Any

from chatcli.language import N_
from chatcli.providers.provider import (
    LEVEL,
    BatchService,
    CountSource,
    Effort,
    Mark,
    PrefillField,
    PriceFields,
    Probe,
    Provider,
    Versioned,
    WindowSource,
)

_PLAIN_EFFORT: Mapping[str, Any] = {"reasoning_effort": LEVEL}
_NO_EFFORT: Mapping[str, Any] = {"reasoning_effort": "none"}

# Most servers that apply a chat template continue a final assistant message as it is.
_LAST_MESSAGE = PrefillField()

PLAIN = Provider(name="plain", title=N_("any endpoint that speaks the protocol"), prefill=_LAST_MESSAGE)

# The ranges of the reference; a row with them rejects nothing that the reference allows.
_REFERENCE: Mapping[str, tuple[float, float]] = {
    "temperature": (0, 2),
    "top_p": (0, 1),
    "n": (1, 128),
    "presence_penalty": (-2, 2),
    "frequency_penalty": (-2, 2),
    "top_logprobs": (0, 20),
}

# https://platform.openai.com/docs/guides/reasoning; models that reason by default reject tools with an effort.
_OPENAI_EFFORTS = (
    Effort(r"gpt-6-astra|gpt-6\.1-sol|.*-pro", ("low", "medium", "high", "xhigh"), _PLAIN_EFFORT),
    Effort(r"gpt-(5\.[5-9]|6)", ("low", "medium", "high", "xhigh"), _PLAIN_EFFORT, off=_NO_EFFORT, with_tools="none"),
    Effort(r"gpt-5\.[2-4]", ("low", "medium", "high", "xhigh"), _PLAIN_EFFORT, off=_NO_EFFORT),
    Effort(r"gpt-5\.1", ("low", "medium", "high"), _PLAIN_EFFORT, off=_NO_EFFORT),
    Effort(r"gpt-5", ("minimal", "low", "medium", "high"), _PLAIN_EFFORT),
    Effort(r"o\d", ("low", "medium", "high"), _PLAIN_EFFORT),
)
# https://learn.microsoft.com/azure/ai-services/cognitive-services-custom-subdomains, and the sovereign clouds
_AZURE_HOSTS = (
    *("openai.azure.com", "cognitiveservices.azure.com", "services.ai.azure.com"),
    *("openai.azure.us", "cognitiveservices.azure.us", "openai.azure.cn", "cognitiveservices.azure.cn"),
)
_THINKING_SWITCH: Mapping[str, Any] = {"thinking": {"type": "disabled"}}
_TEMPLATE = (
    Effort(
        "",
        ("low", "medium", "high"),
        {"chat_template_kwargs": {"enable_thinking": True}, **_PLAIN_EFFORT},
        off={"chat_template_kwargs": {"enable_thinking": False}},
    ),
)
_QWEN = (Effort("", ("high",), {"enable_thinking": True}, off={"enable_thinking": False}),)
_GLM = (Effort("", ("low", "high", "max"), {"thinking": {"type": "enabled"}, **_PLAIN_EFFORT}, off=_THINKING_SWITCH),)

# Batches within a day, at half the price.
_HALF_PRICE = BatchService(price_share=0.5)

_ROWS = (
    Provider(
        name="openai",
        title="OpenAI",
        base_url="https://api.openai.com/v1",
        key_envs=("OPENAI_API_KEY",),
        url_env="OPENAI_BASE_URL",
        header_envs={"OpenAI-Organization": "OPENAI_ORG_ID", "OpenAI-Project": "OPENAI_PROJECT_ID"},
        takes_documents=True,
        limit_field="max_completion_tokens",
        ranges=_REFERENCE,
        stop_most=4,
        suggested_model="gpt-6-luna",
        efforts=_OPENAI_EFFORTS,
        knows_developer=True,
        batches=_HALF_PRICE,
    ),
    Provider(
        name="megallm",
        title="MegaLLM",
        base_url="https://ai.megallm.io/v1",
        key_envs=("MEGALLM_API_KEY",),
        url_env="MEGALLM_BASE_URL",
    ),
    Provider(
        name="deepseek",
        title="DeepSeek",
        base_url="https://api.deepseek.com",
        key_envs=("DEEPSEEK_API_KEY",),
        takes_json_schema=False,
        echoes_reasoning=True,
        unsupported=frozenset({"seed"}),
        suggested_model="deepseek-flash",
        efforts=_GLM,
        prefill=PrefillField(
            {"prefix": True}, base="/beta"
        ),  # https://api-docs.deepseek.com/guides/chat_prefix_completion
    ),
    Provider(
        name="openrouter",
        title="OpenRouter",
        base_url="https://openrouter.ai/api/v1",
        key_envs=("OPENROUTER_API_KEY",),
        takes_documents=True,
        limit_field="max_completion_tokens",
        price_fields=PriceFields("pricing.prompt", "pricing.completion", "pricing.input_cache_read"),
        marks=(
            Mark("vision", "architecture.input_modalities", "image"),
            Mark("reasoning", "supported_parameters", "reasoning"),
            Mark("tools", "supported_parameters", "tools"),
        ),
        suggested_model="openrouter/auto",
        efforts=(
            Effort(
                "",
                ("minimal", "low", "medium", "high", "xhigh", "max"),
                {"reasoning": {"effort": LEVEL}},
                off={"reasoning": {"enabled": False}},
            ),
        ),
        prefill=_LAST_MESSAGE,
        batches=BatchService(
            upload="", names_url=False, names_model=True, takes_metadata=False, max_requests=5_000, price_share=0.5
        ),
    ),
    Provider(
        name="mistral",
        title="Mistral",
        base_url="https://api.mistral.ai/v1",
        key_envs=("MISTRAL_API_KEY",),
        marks=(
            Mark("vision", "capabilities.vision"),
            Mark("reasoning", "capabilities.reasoning"),
            Mark("tools", "capabilities.function_calling"),
        ),
        takes_stream_options=False,  # 422; it reports usage unasked
        wants_answered_results=True,  # 400: Unexpected role 'user' after role 'tool'
        unsupported=frozenset({"logit_bias", "logprobs", "top_logprobs", "store", "metadata"}),
        renames={"seed": "random_seed"},
        ranges={"temperature": (0, 1.5)},
        suggested_model="mistral-medium-latest",
        efforts=(Effort("", ("high",), _PLAIN_EFFORT, off=_NO_EFFORT),),
        prefill=PrefillField({"prefix": True}),
        batches=BatchService(
            jobs="batch/jobs",
            input_field="input_files",
            window="",
            names_url=False,
            names_model=True,
            max_requests=100_000,
            max_bytes=512_000_000,
            price_share=0.5,
        ),
    ),
    Provider(
        name="groq",
        title="Groq",
        base_url="https://api.groq.com/openai/v1",
        key_envs=("GROQ_API_KEY",),
        limit_field="max_completion_tokens",
        unsupported=frozenset({"logit_bias", "logprobs", "top_logprobs"}),
        ranges={"n": (1, 1)},
        stop_most=4,
        suggested_model="openai/gpt-oss-120b",
        efforts=(
            Effort(r"(openai/)?gpt-oss", ("low", "medium", "high"), {**_PLAIN_EFFORT, "reasoning_format": "parsed"}),
            Effort("", ("low", "medium", "high"), {**_PLAIN_EFFORT, "reasoning_format": "parsed"}, off=_NO_EFFORT),
        ),
        prefill=_LAST_MESSAGE,
        batches=_HALF_PRICE,
    ),
    Provider(
        name="azure",
        title="Azure OpenAI",
        hosts=_AZURE_HOSTS,
        key_envs=("AZURE_OPENAI_API_KEY", "AZURE_OPENAI_AD_TOKEN"),
        bearer_envs=("AZURE_OPENAI_AD_TOKEN",),  # Entra
        versioned=Versioned("/openai/deployments/", "api-version", "OPENAI_API_VERSION", "2024-10-21"),
        key_hosts=tuple(f".{host}" for host in _AZURE_HOSTS),
        url_env="AZURE_OPENAI_ENDPOINT",
        url_env_path="/openai/v1",
        key_header="api-key",
        key_scheme="",
        limit_field="max_completion_tokens",
        ranges=_REFERENCE,
        stop_most=4,
        efforts=_OPENAI_EFFORTS,
        knows_developer=True,
        batches=BatchService(url="/chat/completions", price_share=0.5),
    ),
    Provider(
        name="xai",
        title="xAI",
        base_url="https://api.x.ai/v1",
        key_envs=("XAI_API_KEY",),
        limit_field="max_completion_tokens",
        unsupported=frozenset({"presence_penalty", "frequency_penalty"}),  # rejected even at 0
        ranges={"top_logprobs": (0, 8)},
        suggested_model="grok-4.7",
        efforts=(
            Effort(r"grok-4\.3", ("minimal", "low", "medium", "high", "xhigh"), _PLAIN_EFFORT, off=_NO_EFFORT),
            Effort("", ("low", "medium", "high", "xhigh"), _PLAIN_EFFORT),
        ),
    ),
    Provider(
        name="gemini",
        title="Google Gemini",
        base_url="https://generativelanguage.googleapis.com/v1beta/openai",
        key_envs=("GEMINI_API_KEY", "GOOGLE_API_KEY"),
        suggested_model="gemini-flash-latest",
    ),
    Provider(
        name="anthropic",
        title="Anthropic",
        base_url="https://api.anthropic.com/v1",
        key_envs=("ANTHROPIC_API_KEY",),
        list_key_header="x-api-key",
        list_headers={"anthropic-version": "2023-06-01"},
        takes_json_schema=False,  # ignored by the provider, so not offered
        unsupported=frozenset(
            {"presence_penalty", "frequency_penalty", "logit_bias", "logprobs", "top_logprobs", "seed"}
        ),
        ranges={"temperature": (0, 1), "n": (1, 1)},
        suggested_model="claude-haiku-5-5",
        efforts=(
            Effort("", ("high",), {"thinking": {"type": "enabled", "budget_tokens": 8192}}, off=_THINKING_SWITCH),
        ),
        prefill=_LAST_MESSAGE,  # models before Claude 4.6
    ),
    Provider(
        name="together",
        title="Together",
        base_url="https://api.together.ai/v1",
        hosts=("api.together.ai", "api.together.xyz"),
        key_envs=("TOGETHER_API_KEY",),
        key_hosts=("api.together.ai", "api.together.xyz"),
        price_fields=PriceFields("pricing.input", "pricing.output", tokens=1_000_000),
        efforts=(
            Effort(r"openai/gpt-oss", ("low", "medium", "high"), _PLAIN_EFFORT),
            Effort("", ("high",), {"reasoning": {"enabled": True}}, off={"reasoning": {"enabled": False}}),
        ),
        batches=BatchService(
            upload="files/upload",
            purpose="batch-api",
            names_file=True,
            names_url=False,
            window="",
            takes_metadata=False,
            max_bytes=100_000_000,
            price_share=1.0,  # but for a few models
        ),
    ),
    Provider(
        name="fireworks",
        title="Fireworks",
        base_url="https://api.fireworks.ai/inference/v1",
        key_envs=("FIREWORKS_API_KEY",),
        marks=(Mark("vision", "supports_image_input"), Mark("tools", "supports_tools")),
    ),
    Provider(
        name="moonshot",
        title=N_("Moonshot"),
        base_url="https://api.moonshot.ai/v1",
        hosts=("api.moonshot.ai", "api.moonshot.cn"),
        key_envs=("MOONSHOT_API_KEY",),
        key_hosts=("api.moonshot.ai", "api.moonshot.cn"),  # a key works in one region only, which the user knows
        echoes_reasoning=True,
        unsupported=frozenset({"seed"}),
        count_sources=(CountSource("/v1/tokenizers/estimate-token-count", "data.total_tokens"),),
        suggested_model="kimi-k2.6",
        efforts=(
            Effort(r"kimi-k3", ("low", "high", "max"), _PLAIN_EFFORT),
            Effort("", ("high",), {"thinking": {"type": "enabled"}}, off=_THINKING_SWITCH),
        ),
        prefill=PrefillField({"partial": True}),
    ),
    Provider(
        name="zai",
        title="Z.AI",
        base_url="https://api.z.ai/api/paas/v4",
        key_envs=("ZAI_API_KEY",),
        suggested_model="glm-5.3-flash",
        efforts=_GLM,
    ),
    Provider(
        name="zhipu",
        title=N_("Zhipu"),
        base_url="https://open.bigmodel.cn/api/paas/v4",
        key_envs=("ZHIPUAI_API_KEY", "ZHIPU_API_KEY"),
        suggested_model="glm-5.3-flash",
        efforts=_GLM,
    ),
    Provider(
        name="dashscope",
        title=N_("Alibaba Model Studio"),
        base_url="https://dashscope.aliyuncs.com/compatible-mode/v1",
        # Workspaces have their own hosts under maas.aliyuncs.com. Anyone can rent other names under aliyuncs.com,
        # so keys are not sent to all of them.
        hosts=("aliyuncs.com",),
        key_envs=("DASHSCOPE_API_KEY",),
        key_hosts=("dashscope.aliyuncs.com", "dashscope-intl.aliyuncs.com", ".maas.aliyuncs.com"),
        suggested_model="qwen3.8-flash",
        efforts=_QWEN,
        prefill=PrefillField({"partial": True}),
    ),
    Provider(
        name="siliconflow",
        title=N_("SiliconFlow"),
        base_url="https://api.siliconflow.cn/v1",
        hosts=("api.siliconflow.cn", "api.siliconflow.com"),
        key_envs=("SILICONFLOW_API_KEY",),
        key_hosts=("api.siliconflow.cn", "api.siliconflow.com"),
        efforts=_QWEN,
    ),
    Provider(
        name="cerebras",
        title="Cerebras",
        base_url="https://api.cerebras.ai/v1",
        key_envs=("CEREBRAS_API_KEY",),
        suggested_model="gpt-oss-120b",
    ),
    Provider(
        name="huggingface",
        title="Hugging Face",
        base_url="https://router.huggingface.co/v1",
        key_envs=("HF_TOKEN",),
        window_fields=("providers.context_length",),
    ),
    Provider(
        name="nvidia",
        title="NVIDIA",
        base_url="https://integrate.api.nvidia.com/v1",
        key_envs=("NVIDIA_API_KEY",),
    ),
    Provider(
        name="perplexity",
        title="Perplexity",
        base_url="https://api.perplexity.ai",
        key_envs=("PERPLEXITY_API_KEY",),
    ),
    Provider(
        name="ollama",
        title="Ollama",
        base_url="http://127.0.0.1:11434/v1",
        hosts=("127.0.0.1:11434", "localhost:11434"),
        local=True,
        url_env="OLLAMA_HOST",
        url_env_path="/v1",
        unsupported=frozenset({"logit_bias"}),
        ranges={"n": (1, 1)},
        # The effective window of the loaded model: a longer history is truncated silently.
        window_sources=(WindowSource("/api/ps", rows="models", ids="name", fields=("context_length",)),),
        # https://docs.ollama.com/api: its list has only names, and models without vision accept images silently.
        about_path="/api/show",
        marks=(
            Mark("text", "capabilities", "completion"),
            Mark("vision", "capabilities", "vision"),
            Mark("reasoning", "capabilities", "thinking"),
            Mark("tools", "capabilities", "tools"),
        ),
        probes=(Probe(11434, "/api/version", "version"),),
        efforts=(Effort("", ("low", "medium", "high", "max"), _PLAIN_EFFORT, off=_NO_EFFORT),),
        prefill=_LAST_MESSAGE,
    ),
    Provider(
        name="llamacpp",
        title="llama.cpp",
        base_url="http://127.0.0.1:8080/v1",
        local=True,
        count_sources=(CountSource("/v1/chat/completions/input_tokens", "input_tokens"),),
        window_sources=(WindowSource("/props", rows="", ids="", fields=("default_generation_settings.n_ctx",)),),
        probes=(
            Probe(8080, "/props", "default_generation_settings"),
            Probe(9931, "/props", "default_generation_settings"),  # will become its default
        ),
        efforts=_TEMPLATE,
        prefill=_LAST_MESSAGE,
    ),
    Provider(
        name="lmstudio",
        title="LM Studio",
        base_url="http://127.0.0.1:1234/v1",
        hosts=("127.0.0.1:1234", "localhost:1234"),
        local=True,
        key_envs=("LM_API_TOKEN",),
        window_sources=(
            WindowSource(
                "/api/v1/models",
                rows="models",
                ids="key",
                fields=("loaded_instances.config.context_length", "max_context_length"),
            ),
            WindowSource(
                "/api/v0/models", rows="data", ids="id", fields=("loaded_context_length", "max_context_length")
            ),
        ),
        probes=(Probe(1234, "/api/v1/models", "models"),),
        prefill=_LAST_MESSAGE,
    ),
    Provider(
        name="vllm",
        title="vLLM",
        base_url="http://127.0.0.1:8000/v1",
        local=True,
        key_envs=("VLLM_API_KEY",),
        count_sources=(CountSource("/tokenize", "count"),),
        probes=(Probe(8000, "/version", "version"),),
        efforts=_TEMPLATE,
        prefill=PrefillField(body={"continue_final_message": True, "add_generation_prompt": False}),
    ),
)


def limits_of(row: Provider) -> dict[str, tuple[float, float]]:
    """Return the endpoint's parameter ranges that are narrower than the reference."""
    return {**row.ranges, **({"stop": (1, row.stop_most)} if row.stop_most else {})}


PROVIDERS: Mapping[str, Provider] = MappingProxyType({row.name: row for row in _ROWS})


def row_for(base_url: str, *, kind: str = "") -> Provider:
    """Return the row with the dialect of the endpoint at *base_url*.

    *kind* selects a row by name; raises KeyError if there is none. Otherwise the longest matching host suffix decides,
    and an unknown host gets the plain row.
    """
    if kind:
        return PLAIN if kind == PLAIN.name else PROVIDERS[kind]
    address = _address(base_url)
    fits = [(len(suffix), row) for row in _ROWS for suffix in _suffixes(row) if _is_under(address, suffix)]
    return max(fits, key=lambda fit: fit[0])[1] if fits else PLAIN


def _suffixes(row: Provider) -> tuple[str, ...]:
    return row.hosts if row.hosts or row.local else (_address(row.base_url),)


def _address(base_url: str) -> str:
    """Return host and port of a URL as written, in lower case."""
    match = re.match(r"[^:/?#]*://(?:[^/?#]*@)?([^/?#]*)", base_url)
    return match[1].lower() if match else ""


def _is_under(address: str, suffix: str) -> bool:
    if ":" in suffix:
        return address == suffix
    return f".{address.partition(':')[0]}".endswith(f".{suffix}")
