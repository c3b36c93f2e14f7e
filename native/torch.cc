// The ground of the house: Node-API over libtorch. Its heart is `call`, which finds an operator's schema in
// libtorch's dispatcher, turns JavaScript values into IValues by the schema's argument types, calls it boxed, and
// turns the results back; every ATen operator comes with its gradient, autocast and every device. Beside it stands
// only what is no operator. The surface is declared, typed and documented in src/torch/native.ts.
#include <ATen/Parallel.h>
#include <ATen/Version.h>
#include <ATen/autocast_mode.h>
#include <ATen/core/dispatch/Dispatcher.h>
#include <ATen/detail/CUDAHooksInterface.h>
#include <c10/core/GradMode.h>
#include <torch/version.h>

#ifdef __GLIBC__
#include <malloc.h>
#endif
#include <unordered_map>

#include "process-group.h"
#include "values.h"

#define TORCH_AT_LEAST(major, minor) \
  (TORCH_VERSION_MAJOR > (major) || (TORCH_VERSION_MAJOR == (major) && TORCH_VERSION_MINOR >= (minor)))

using namespace addon;

namespace {

// ---------------------------------------------------------------------------------------------------------------
// JavaScript values → IValues, by the schema's type, and back.

template <typename T, typename Convert>
c10::IValue toList(const Napi::Array& array, Convert convert) {
  c10::List<T> list;
  for (uint32_t i = 0; i < array.Length(); ++i) {
    try {
      list.push_back(convert(array.Get(i)));
    } catch (const WrongType& error) {
      throw WrongType("item " + std::to_string(i) + ": " + error.what());
    }
  }
  return list;
}

c10::IValue toListIValue(const Napi::Value& value, const c10::Type& element, c10::optional<int32_t> length) {
  Napi::Array array;
  if (value.IsNumber() && length) {  // int[2] takes one number for both
    array = Napi::Array::New(value.Env(), *length);
    for (int32_t i = 0; i < *length; ++i) array.Set(i, value);
  } else {
    array = toArray(value);
  }
  switch (element.kind()) {
    case c10::TypeKind::IntType:
      return toList<int64_t>(array, [](const Napi::Value& v) { return toInteger(v); });
    case c10::TypeKind::FloatType:
      return toList<double>(array, toDouble);
    case c10::TypeKind::BoolType:
      return toList<bool>(array, toBool);
    case c10::TypeKind::NumberType:
      return toList<at::Scalar>(array, toScalar);
    case c10::TypeKind::TensorType:
      return toList<at::Tensor>(array, unwrap);
    case c10::TypeKind::OptionalType:
      if (element.castRaw<c10::OptionalType>()->getElementType()->kind() != c10::TypeKind::TensorType) break;
      return toList<c10::optional<at::Tensor>>(array, [](const Napi::Value& v) -> c10::optional<at::Tensor> {
        if (v.IsNull() || v.IsUndefined()) return c10::nullopt;
        return unwrap(v);
      });
    default:
      break;
  }
  throw WrongType("lists of " + element.str() + " are not bound");
}

// By its type() an argument that is a scalar type or a memory format is a plain integer; real_type() tells. libtorch
// looks such codes up in tables without asking whether they exist.
int64_t checkedCode(int64_t code, c10::TypeKind kind) {
  if (kind == c10::TypeKind::ScalarTypeType) toScalarType(code);
  if (kind == c10::TypeKind::MemoryFormatType && (code < 0 || code >= static_cast<int>(at::MemoryFormat::NumOptions)))
    throw WrongType("there is no memory format " + std::to_string(code));
  return code;
}

const c10::Type& elementOf(const c10::Type& type) {
  const auto* optional = type.castRaw<c10::OptionalType>();
  return optional ? *optional->getElementType() : type;
}

c10::IValue toIValue(const Napi::Value& value, const c10::Argument& parameter) {
  bool none = value.IsNull() || value.IsUndefined();
  if (none && parameter.type()->kind() == c10::TypeKind::OptionalType) return c10::IValue();
  const c10::Type& type = elementOf(*parameter.type());
  switch (type.kind()) {
    case c10::TypeKind::TensorType:
      return unwrap(value);
    case c10::TypeKind::NumberType:
      return toScalar(value);
    case c10::TypeKind::IntType:
      return checkedCode(toInteger(value), elementOf(*parameter.real_type()).kind());
    case c10::TypeKind::FloatType:
      return toDouble(value);
    case c10::TypeKind::BoolType:
      return toBool(value);
    case c10::TypeKind::StringType:
      return toText(value);
    case c10::TypeKind::DeviceObjType:
      return toDevice(value);
    case c10::TypeKind::ListType:
      return toListIValue(value, *type.castRaw<c10::ListType>()->getElementType(), parameter.N());
    default:
      throw WrongType("arguments of type " + type.str() + " are not bound");
  }
}

Napi::Value fromIValue(Napi::Env env, const c10::IValue& value) {
  if (value.isNone()) return env.Null();
  if (value.isTensor()) return wrap(env, value.toTensor());
  if (value.isBool()) return Napi::Boolean::New(env, value.toBool());
  if (value.isInt()) {
    int64_t number = value.toInt();
    if (number < -maxSafeInteger || number > maxSafeInteger)
      throw std::range_error("the result " + std::to_string(number) + " is beyond what a JavaScript number holds");
    return Napi::Number::New(env, static_cast<double>(number));
  }
  if (value.isDouble()) return Napi::Number::New(env, value.toDouble());
  if (value.isString()) return Napi::String::New(env, value.toStringRef());
  if (value.isTensorList()) {
    auto tensors = value.toTensorVector();
    Napi::Array array = Napi::Array::New(env, tensors.size());
    for (size_t i = 0; i < tensors.size(); ++i) array.Set(i, wrap(env, std::move(tensors[i])));
    return array;
  }
  throw WrongType("results of type " + value.tagKind() + " are not bound");
}

// A value for an error message: tensors by type and shape, long lists cut.
std::string describe(const c10::IValue& value) {
  std::ostringstream text;
  if (value.isTensor()) {
    text << c10::toString(value.toTensor().scalar_type()) << value.toTensor().sizes();
  } else if (value.isList()) {
    const auto& list = value.toListRef();
    text << '[';
    for (size_t i = 0; i < list.size() && i < 8; ++i) text << (i ? ", " : "") << describe(list[i]);
    text << (list.size() > 8 ? ", … " + std::to_string(list.size()) + " in all]" : "]");
  } else if (value.isString()) {
    text << '"' << value.toStringRef() << '"';
  } else {
    text << value;
  }
  return text.str();
}

// ---------------------------------------------------------------------------------------------------------------
// The generic call.

const c10::OperatorHandle& findOperator(const std::string& name, const std::string& overload) {
  thread_local std::unordered_map<std::string, c10::OperatorHandle> known;
  std::string key = name + "." + overload;
  auto found = known.find(key);
  if (found != known.end()) return found->second;
  auto handle = c10::Dispatcher::singleton().findSchema({name, overload});
  if (!handle)
    throw std::invalid_argument("libtorch " TORCH_VERSION " has no such operator" +
                                (overload.empty() ? "" : " with the overload " + overload));
  return known.emplace(std::move(key), *handle).first->second;
}

torch::jit::Stack toStack(const Napi::Array& args, const std::vector<c10::Argument>& parameters) {
  if (args.Length() > parameters.size()) rejectCount("at most ", parameters.size(), args.Length());
  torch::jit::Stack stack;
  stack.reserve(parameters.size());
  for (uint32_t i = 0; i < parameters.size(); ++i) {
    const auto& parameter = parameters[i];
    Napi::Value value = i < args.Length() ? args.Get(i) : args.Env().Undefined();
    if (value.IsUndefined() && parameter.default_value()) {
      stack.push_back(*parameter.default_value());
      continue;
    }
    try {
      stack.push_back(toIValue(value, parameter));
    } catch (const WrongType& error) {
      throw WrongType("argument " + parameter.name() + ": " + error.what());
    } catch (const Napi::Error&) {
      throw;
    } catch (const std::exception& error) {
      throw std::invalid_argument("argument " + parameter.name() + ": " + explain(error));
    }
  }
  return stack;
}

void callBoxed(const c10::OperatorHandle& op, torch::jit::Stack& stack) {
  torch::jit::Stack given = stack;  // the call consumes the stack
  try {
    op.callBoxed(&stack);
  } catch (const std::exception& error) {
    std::string text = explain(error) + " [given ";
    for (size_t i = 0; i < given.size(); ++i)
      text += (i ? ", " : "") + op.schema().arguments()[i].name() + "=" + describe(given[i]);
    throw std::runtime_error(text + "]");
  }
}

// call(name, overload, args, wantResult): arguments left out take the schema's defaults. Operators that work in place
// return their own argument: with wantResult = false no second handle is made for it.
Napi::Value call(const Napi::CallbackInfo& info) {
  std::string name = toText(info[0]);
  return guarded(info, name.c_str(), [&](const Napi::CallbackInfo&) -> Napi::Value {
    Napi::Env env = info.Env();
    const auto& op = findOperator(name, toText(info[1]));
    torch::jit::Stack stack = toStack(toArray(info[2]), op.schema().arguments());
    callBoxed(op, stack);
    if (!toBool(info[3])) return env.Undefined();
    if (stack.size() == 1) return fromIValue(env, stack[0]);
    Napi::Array results = Napi::Array::New(env, stack.size());
    for (size_t i = 0; i < stack.size(); ++i) results.Set(i, fromIValue(env, stack[i]));
    return results;
  });
}

// ---------------------------------------------------------------------------------------------------------------
// What is no operator: data in and out, gradients, modes, random state, the machine.

at::Tensor fromBytes(const Napi::CallbackInfo& info) {
  if (!info[0].IsTypedArray() || info[0].As<Napi::TypedArray>().TypedArrayType() != napi_uint8_array)
    reject("a Uint8Array", info[0]);
  std::vector<int64_t> shape;
  Napi::Array sizes = toArray(info[1]);
  for (uint32_t i = 0; i < sizes.Length(); ++i) shape.push_back(toInteger(sizes.Get(i)));
  at::ScalarType type = toScalarType(toInteger(info[2]));
  TORCH_CHECK(!at::isQIntType(type), "quantised tensors are not made from bytes");
  at::Tensor tensor = at::empty(shape, at::TensorOptions().dtype(type));
  auto bytes = info[0].As<Napi::Uint8Array>();  // not before: a getter in the shape may have detached its memory
  TORCH_CHECK(tensor.nbytes() == bytes.ByteLength(), "shape ", tensor.sizes(), " of ", c10::toString(type), " needs ",
              tensor.nbytes(), " bytes, was given ", bytes.ByteLength());
  if (tensor.nbytes() > 0) std::memcpy(tensor.data_ptr(), bytes.Data(), tensor.nbytes());
  return tensor;
}

Napi::Value toBytes(const Napi::CallbackInfo& info) {
  const at::Tensor& source = unwrap(info[0]);
  constexpr int64_t limit = int64_t{1} << 32;  // V8 ends the process where it cannot make a buffer
  TORCH_CHECK(source.numel() <= limit / static_cast<int64_t>(source.element_size()), describe(source),
              " does not fit into one buffer of 4 GiB");
  at::Tensor tensor = source.detach().cpu().contiguous();
  auto bytes = Napi::ArrayBuffer::New(info.Env(), tensor.nbytes());
  if (tensor.nbytes() > 0) std::memcpy(bytes.Data(), tensor.data_ptr(), tensor.nbytes());
  return bytes;
}

Napi::Value meta(const Napi::CallbackInfo& info) {
  const at::Tensor& tensor = unwrap(info[0]);
  Napi::Object result = Napi::Object::New(info.Env());
  Napi::Array shape = Napi::Array::New(info.Env(), tensor.dim());
  for (int64_t i = 0; i < tensor.dim(); ++i) shape.Set(i, Napi::Number::New(info.Env(), tensor.size(i)));
  result.Set("shape", shape);
  result.Set("dtype", Napi::Number::New(info.Env(), static_cast<int>(tensor.scalar_type())));
  result.Set("device", tensor.device().str());
  return result;
}

void release(const Napi::CallbackInfo& info) { releaseTensor(info.Env(), toHandle(info[0])); }

bool isReleased(const Napi::CallbackInfo& info) { return !toHandle(info[0])->tensor.defined(); }

double liveTensorCount(const Napi::CallbackInfo&) { return static_cast<double>(liveTensors.load()); }

void backward(const Napi::CallbackInfo& info) {
  const at::Tensor& tensor = unwrap(info[0]);
  TORCH_CHECK(tensor.numel() == 1, "needs a tensor with one value, was given ", describe(tensor));
  tensor.backward({}, toBool(info[1]));
}

void setRequiresGrad(const Napi::CallbackInfo& info) { unwrap(info[0]).set_requires_grad(toBool(info[1])); }

bool requiresGrad(const Napi::CallbackInfo& info) { return unwrap(info[0]).requires_grad(); }

Napi::Value gradients(const Napi::CallbackInfo& info) {
  auto tensors = unwrapAll(info[0]);
  Napi::Array result = Napi::Array::New(info.Env(), tensors.size());
  for (size_t i = 0; i < tensors.size(); ++i) result.Set(i, wrap(info.Env(), tensors[i].grad()));
  return result;
}

void clearGradients(const Napi::CallbackInfo& info) {
  for (auto& tensor : unwrapAll(info[0])) tensor.mutable_grad().reset();
}

bool setGradMode(const Napi::CallbackInfo& info) {
  bool enabled = toBool(info[0]);
  bool before = c10::GradMode::is_enabled();
  c10::GradMode::set_enabled(enabled);
  return before;
}

// setAutocast(device, enabled, dtype) → whether it was on before. Turning it off drops the cast copies of weights.
// The type is set before the switch, since it may be refused.
bool setAutocast(const Napi::CallbackInfo& info) {
  auto device = toDevice(info[0]).type();
  bool enabled = toBool(info[1]);
  at::ScalarType type = toScalarType(toInteger(info[2]));
  TORCH_CHECK(device == at::kCPU || device == at::kCUDA, "there is no autocast for ", device);
  bool before;
#if TORCH_AT_LEAST(2, 4)
  before = at::autocast::is_autocast_enabled(device);
  at::autocast::set_autocast_dtype(device, type);
  at::autocast::set_autocast_enabled(device, enabled);
#else
  if (device == at::kCPU) {
    before = at::autocast::is_cpu_enabled();
    at::autocast::set_autocast_cpu_dtype(type);
    at::autocast::set_cpu_enabled(enabled);
  } else {
    before = at::autocast::is_enabled();
    at::autocast::set_autocast_gpu_dtype(type);
    at::autocast::set_enabled(enabled);
  }
#endif
  if (!enabled) at::autocast::clear_cache();
  return before;
}

// More threads than the system grants would end the process.
void setThreads(const Napi::CallbackInfo& info) { at::set_num_threads(static_cast<int>(toInteger(info[0], 1, 1024))); }

at::Generator generatorOf(const Napi::Value& device) { return at::globalContext().defaultGenerator(toDevice(device)); }

void seed(const Napi::CallbackInfo& info) {
  at::manual_seed(static_cast<uint64_t>(toInteger(info[0], 0, maxSafeInteger)));
}

at::Tensor randomState(const Napi::CallbackInfo& info) { return generatorOf(info[0]).get_state(); }

void setRandomState(const Napi::CallbackInfo& info) { generatorOf(info[0]).set_state(unwrap(info[1])); }

// configureCuda(tf32, benchmark): whether float32 products may be rounded to TF32; whether cuDNN may time its
// algorithms and take the fastest, which makes sums come out differently from run to run.
void configureCuda(const Napi::CallbackInfo& info) {
  auto& context = at::globalContext();
  bool tf32 = toBool(info[0]);
  bool benchmark = toBool(info[1]);
  context.setAllowTF32CuDNN(tf32);
  context.setFloat32MatmulPrecision(tf32 ? "high" : "highest");
  context.setBenchmarkCuDNN(benchmark);
}

Napi::Value information(const Napi::CallbackInfo& info) {
  Napi::Object result = Napi::Object::New(info.Env());
  result.Set("version", TORCH_VERSION);
  result.Set("threads", at::get_num_threads());
  result.Set("cudaDevices", at::hasCUDA() ? at::detail::getCUDAHooks().getNumGPUs() : 0);
  result.Set("configuration", at::show_config());
  return result;
}

// A training step frees and takes the same gigabyte again and again. Left to itself, glibc gives it back to the system in
// between, and every step pays for hundreds of thousands of page faults; so what was taken once stays with the process.
void keepFreedMemory() {
#ifdef __GLIBC__
  mallopt(M_MMAP_MAX, 0);
  mallopt(M_TRIM_THRESHOLD, -1);
#endif
}

Napi::Object initialise(Napi::Env, Napi::Object exports) {
  keepFreedMemory();
  define(exports, "call", 4, call);
  define(exports, "fromBytes", 3, fromBytes);
  define(exports, "toBytes", 1, toBytes);
  define(exports, "meta", 1, meta);
  define(exports, "release", 1, release);
  define(exports, "isReleased", 1, isReleased);
  define(exports, "liveTensorCount", 0, liveTensorCount);
  define(exports, "backward", 2, backward);
  define(exports, "setRequiresGrad", 2, setRequiresGrad);
  define(exports, "requiresGrad", 1, requiresGrad);
  define(exports, "gradients", 1, gradients);
  define(exports, "clearGradients", 1, clearGradients);
  define(exports, "setGradMode", 1, setGradMode);
  define(exports, "setAutocast", 3, setAutocast);
  define(exports, "setThreads", 1, setThreads);
  define(exports, "seed", 1, seed);
  define(exports, "randomState", 1, randomState);
  define(exports, "setRandomState", 2, setRandomState);
  define(exports, "configureCuda", 2, configureCuda);
  define(exports, "info", 0, information);
  defineProcessGroup(exports);
  return exports;
}

}  // namespace

NODE_API_MODULE(torch, initialise)
