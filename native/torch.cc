// The ground of the house: Node-API over libtorch. Its heart is `call`, which finds an operator's schema in
// libtorch's dispatcher, turns JavaScript values into IValues by the schema's argument types, calls it boxed, and
// turns the results back; every ATen operator comes with its gradient, autocast and every device. Beside it stands
// only what is no operator. The surface is declared, typed and documented in src/torch/native.ts.
#define NAPI_VERSION 8
#include <napi.h>

#include <ATen/ATen.h>
#include <ATen/Parallel.h>
#include <ATen/Version.h>
#include <ATen/autocast_mode.h>
#include <ATen/core/dispatch/Dispatcher.h>
#include <ATen/detail/CUDAHooksInterface.h>
#include <c10/core/GradMode.h>
#include <torch/version.h>

#include <atomic>
#include <string>
#include <unordered_map>
#include <vector>

#define TORCH_AT_LEAST(major, minor) \
  (TORCH_VERSION_MAJOR > (major) || (TORCH_VERSION_MAJOR == (major) && TORCH_VERSION_MINOR >= (minor)))

namespace {

// ---------------------------------------------------------------------------------------------------------------
// Tensor handles. JavaScript holds a tensor as a Napi::External<Handle>: released early by `release`, else by the
// garbage collector.

struct Handle {
  at::Tensor tensor;
  int64_t reportedBytes = 0;  // what V8 was told that this handle keeps alive
};

std::atomic<int64_t> liveTensors{0};

void releaseTensor(Napi::Env env, Handle* handle) {
  if (!handle->tensor.defined()) return;
  handle->tensor.reset();
  Napi::MemoryManagement::AdjustExternalMemory(env, -handle->reportedBytes);
  --liveTensors;
}

Napi::Value wrap(Napi::Env env, at::Tensor tensor) {
  if (!tensor.defined()) return env.Null();
  auto* handle = new Handle{std::move(tensor)};
  // Only what lies in the process's own memory presses on V8's collector.
  if (handle->tensor.device().is_cpu()) handle->reportedBytes = static_cast<int64_t>(handle->tensor.nbytes());
  Napi::MemoryManagement::AdjustExternalMemory(env, handle->reportedBytes);
  ++liveTensors;
  return Napi::External<Handle>::New(env, handle, [](Napi::Env env, Handle* handle) {
    releaseTensor(env, handle);
    delete handle;
  });
}

at::Tensor& unwrap(const Napi::Value& value) {
  if (!value.IsExternal()) throw Napi::TypeError::New(value.Env(), "expected a tensor");
  at::Tensor& tensor = value.As<Napi::External<Handle>>().Data()->tensor;
  if (!tensor.defined()) throw Napi::Error::New(value.Env(), "this tensor has been disposed of");
  return tensor;
}

std::vector<at::Tensor> unwrapAll(const Napi::Value& value) {
  Napi::Array array = value.As<Napi::Array>();
  std::vector<at::Tensor> tensors;
  tensors.reserve(array.Length());
  for (uint32_t i = 0; i < array.Length(); ++i) tensors.push_back(unwrap(array.Get(i)));
  return tensors;
}

// ---------------------------------------------------------------------------------------------------------------
// JavaScript values → IValues, by the schema's type.

c10::IValue toIValue(const Napi::Value& value, const c10::TypePtr& type, c10::optional<int32_t> listLength);

at::Scalar toScalar(const Napi::Value& value) {
  if (value.IsBoolean()) return at::Scalar(value.As<Napi::Boolean>().Value());
  double number = value.As<Napi::Number>().DoubleValue();
  auto integer = static_cast<int64_t>(number);
  return static_cast<double>(integer) == number ? at::Scalar(integer) : at::Scalar(number);
}

template <typename T, typename Convert>
c10::IValue toList(const Napi::Array& array, Convert convert) {
  c10::List<T> list;
  list.reserve(array.Length());
  for (uint32_t i = 0; i < array.Length(); ++i) list.push_back(convert(array.Get(i)));
  return list;
}

c10::IValue toListIValue(const Napi::Value& value, const c10::TypePtr& element, c10::optional<int32_t> length) {
  Napi::Array array;
  if (value.IsArray()) {
    array = value.As<Napi::Array>();
  } else if (value.IsNumber() && length) {  // int[2] takes one number for both
    array = Napi::Array::New(value.Env(), *length);
    for (int32_t i = 0; i < *length; ++i) array.Set(i, value);
  } else {
    throw Napi::TypeError::New(value.Env(), "expected an array");
  }
  switch (element->kind()) {
    case c10::TypeKind::IntType:
      return toList<int64_t>(array, [](const Napi::Value& v) { return v.As<Napi::Number>().Int64Value(); });
    case c10::TypeKind::FloatType:
      return toList<double>(array, [](const Napi::Value& v) { return v.As<Napi::Number>().DoubleValue(); });
    case c10::TypeKind::BoolType:
      return toList<bool>(array, [](const Napi::Value& v) { return v.As<Napi::Boolean>().Value(); });
    case c10::TypeKind::NumberType:
      return toList<at::Scalar>(array, toScalar);
    case c10::TypeKind::TensorType:
      return toList<at::Tensor>(array, unwrap);
    case c10::TypeKind::OptionalType:
      return toList<c10::optional<at::Tensor>>(array, [](const Napi::Value& v) -> c10::optional<at::Tensor> {
        if (v.IsNull() || v.IsUndefined()) return c10::nullopt;
        return unwrap(v);
      });
    default:
      throw Napi::TypeError::New(value.Env(), "lists of " + element->str() + " are not bound");
  }
}

c10::IValue toIValue(const Napi::Value& value, const c10::TypePtr& type, c10::optional<int32_t> listLength) {
  switch (type->kind()) {
    case c10::TypeKind::OptionalType:
      if (value.IsNull() || value.IsUndefined()) return c10::IValue();
      return toIValue(value, type->castRaw<c10::OptionalType>()->getElementType(), listLength);
    case c10::TypeKind::TensorType:
      // Before optional tensors had a type of their own, schemas passed an undefined tensor for None.
      if (value.IsNull() || value.IsUndefined()) return at::Tensor();
      return unwrap(value);
    case c10::TypeKind::NumberType:
      return toScalar(value);
    case c10::TypeKind::IntType:
      return value.As<Napi::Number>().Int64Value();
    case c10::TypeKind::FloatType:
      return value.As<Napi::Number>().DoubleValue();
    case c10::TypeKind::BoolType:
      return value.As<Napi::Boolean>().Value();
    case c10::TypeKind::StringType:
      return value.As<Napi::String>().Utf8Value();
    case c10::TypeKind::DeviceObjType:
      return c10::Device(value.As<Napi::String>().Utf8Value());
    case c10::TypeKind::ListType:
      return toListIValue(value, type->castRaw<c10::ListType>()->getElementType(), listLength);
    default:
      throw Napi::TypeError::New(value.Env(), "arguments of type " + type->str() + " are not bound");
  }
}

Napi::Value fromIValue(Napi::Env env, const c10::IValue& value) {
  if (value.isNone()) return env.Null();
  if (value.isTensor()) return wrap(env, value.toTensor());
  if (value.isBool()) return Napi::Boolean::New(env, value.toBool());
  if (value.isInt()) return Napi::Number::New(env, static_cast<double>(value.toInt()));
  if (value.isDouble()) return Napi::Number::New(env, value.toDouble());
  if (value.isString()) return Napi::String::New(env, value.toStringRef());
  if (value.isTensorList()) {
    auto tensors = value.toTensorVector();
    Napi::Array array = Napi::Array::New(env, tensors.size());
    for (size_t i = 0; i < tensors.size(); ++i) array.Set(i, wrap(env, std::move(tensors[i])));
    return array;
  }
  throw Napi::TypeError::New(env, "results of type " + value.tagKind() + " are not bound");
}

// ---------------------------------------------------------------------------------------------------------------
// Errors. Every function runs inside `guarded`, the one place where C++ exceptions become JavaScript errors.

template <typename Body>
Napi::Value guarded(const Napi::CallbackInfo& info, Body body) {
  try {
    return body();
  } catch (const Napi::Error&) {
    throw;
  } catch (const c10::Error& error) {
    throw Napi::Error::New(info.Env(), error.what_without_backtrace());
  } catch (const std::exception& error) {
    throw Napi::Error::New(info.Env(), error.what());
  }
}

std::string describe(const c10::IValue& value) {
  std::ostringstream text;
  if (value.isTensor()) {
    const auto& tensor = value.toTensor();
    if (!tensor.defined()) return "none";
    text << c10::toString(tensor.scalar_type()) << tensor.sizes();
  } else if (value.isTensorList()) {
    text << value.toTensorVector().size() << " tensors";
  } else if (value.isList() || value.isInt() || value.isDouble() || value.isBool() || value.isNone()) {
    text << value;
  } else {
    text << value.tagKind();
  }
  return text.str();
}

// ---------------------------------------------------------------------------------------------------------------
// The generic call.

const c10::OperatorHandle& findOperator(Napi::Env env, const std::string& name, const std::string& overload) {
  thread_local std::unordered_map<std::string, c10::OperatorHandle> known;
  std::string key = name + "." + overload;
  auto found = known.find(key);
  if (found != known.end()) return found->second;
  auto handle = c10::Dispatcher::singleton().findSchema({name, overload});
  if (!handle) throw Napi::Error::New(env, "libtorch " TORCH_VERSION " has no operator " + key);
  return known.emplace(std::move(key), *handle).first->second;
}

// call(name, overload, args, wantResult): arguments left out take the schema's defaults. Operators that work in place
// return their own argument: with wantResult = false no second handle is made for it.
Napi::Value call(const Napi::CallbackInfo& info) {
  Napi::Env env = info.Env();
  std::string name = info[0].As<Napi::String>().Utf8Value();
  torch::jit::Stack stack;
  try {
    const auto& op = findOperator(env, name, info[1].As<Napi::String>().Utf8Value());
    Napi::Array args = info[2].As<Napi::Array>();
    const auto& parameters = op.schema().arguments();
    if (args.Length() > parameters.size())
      throw Napi::TypeError::New(env, "takes " + std::to_string(parameters.size()) + " arguments, was given " +
                                          std::to_string(args.Length()));
    stack.reserve(parameters.size());
    for (uint32_t i = 0; i < parameters.size(); ++i) {
      const auto& parameter = parameters[i];
      Napi::Value value = i < args.Length() ? args.Get(i) : env.Undefined();
      if (value.IsUndefined() && parameter.default_value()) {
        stack.push_back(*parameter.default_value());
        continue;
      }
      try {
        stack.push_back(toIValue(value, parameter.type(), parameter.N()));
      } catch (const Napi::Error& error) {
        throw Napi::TypeError::New(env, "argument " + parameter.name() + ": " + error.Message());
      }
    }
    std::string given;  // described before the call, which consumes the stack
    torch::jit::Stack kept = stack;
    try {
      op.callBoxed(&stack);
    } catch (const c10::Error& error) {
      for (size_t i = 0; i < kept.size(); ++i)
        given += (i ? ", " : "") + parameters[i].name() + "=" + describe(kept[i]);
      throw Napi::Error::New(env, std::string(error.what_without_backtrace()) + " [given " + given + "]");
    }
    if (!info[3].ToBoolean().Value()) return env.Undefined();
    if (stack.size() == 1) return fromIValue(env, stack[0]);
    Napi::Array results = Napi::Array::New(env, stack.size());
    for (size_t i = 0; i < stack.size(); ++i) results.Set(i, fromIValue(env, stack[i]));
    return results;
  } catch (const Napi::Error& error) {
    throw Napi::Error::New(env, name + ": " + error.Message());
  } catch (const std::exception& error) {
    throw Napi::Error::New(env, name + ": " + error.what());
  }
}

// ---------------------------------------------------------------------------------------------------------------
// What is no operator: data in and out, gradients, modes, random state, the machine.

Napi::Value fromBytes(const Napi::CallbackInfo& info) {
  return guarded(info, [&]() -> Napi::Value {
    auto bytes = info[0].As<Napi::Uint8Array>();
    std::vector<int64_t> shape;
    Napi::Array sizes = info[1].As<Napi::Array>();
    for (uint32_t i = 0; i < sizes.Length(); ++i) shape.push_back(sizes.Get(i).As<Napi::Number>().Int64Value());
    auto type = static_cast<at::ScalarType>(info[2].As<Napi::Number>().Int32Value());
    at::Tensor tensor = at::empty(shape, at::TensorOptions().dtype(type));
    TORCH_CHECK(tensor.nbytes() == bytes.ByteLength(), "shape ", tensor.sizes(), " of ", c10::toString(type), " needs ",
                tensor.nbytes(), " bytes, was given ", bytes.ByteLength());
    if (tensor.nbytes() > 0) std::memcpy(tensor.data_ptr(), bytes.Data(), tensor.nbytes());
    return wrap(info.Env(), tensor);
  });
}

Napi::Value toBytes(const Napi::CallbackInfo& info) {
  return guarded(info, [&]() -> Napi::Value {
    at::Tensor tensor = unwrap(info[0]).detach().cpu().contiguous();
    auto bytes = Napi::ArrayBuffer::New(info.Env(), tensor.nbytes());
    if (tensor.nbytes() > 0) std::memcpy(bytes.Data(), tensor.data_ptr(), tensor.nbytes());
    return bytes;
  });
}

Napi::Value meta(const Napi::CallbackInfo& info) {
  return guarded(info, [&]() -> Napi::Value {
    const at::Tensor& tensor = unwrap(info[0]);
    Napi::Object result = Napi::Object::New(info.Env());
    Napi::Array shape = Napi::Array::New(info.Env(), tensor.dim());
    for (int64_t i = 0; i < tensor.dim(); ++i) shape.Set(i, Napi::Number::New(info.Env(), tensor.size(i)));
    result.Set("shape", shape);
    result.Set("dtype", Napi::Number::New(info.Env(), static_cast<int>(tensor.scalar_type())));
    result.Set("device", tensor.device().str());
    return result;
  });
}

Napi::Value release(const Napi::CallbackInfo& info) {
  releaseTensor(info.Env(), info[0].As<Napi::External<Handle>>().Data());
  return info.Env().Undefined();
}

Napi::Value isReleased(const Napi::CallbackInfo& info) {
  return Napi::Boolean::New(info.Env(), !info[0].As<Napi::External<Handle>>().Data()->tensor.defined());
}

Napi::Value backward(const Napi::CallbackInfo& info) {
  return guarded(info, [&]() -> Napi::Value {
    unwrap(info[0]).backward();
    return info.Env().Undefined();
  });
}

Napi::Value setRequiresGrad(const Napi::CallbackInfo& info) {
  return guarded(info, [&]() -> Napi::Value {
    unwrap(info[0]).set_requires_grad(info[1].As<Napi::Boolean>().Value());
    return info.Env().Undefined();
  });
}

Napi::Value requiresGrad(const Napi::CallbackInfo& info) {
  return guarded(info, [&] { return Napi::Boolean::New(info.Env(), unwrap(info[0]).requires_grad()); });
}

Napi::Value gradients(const Napi::CallbackInfo& info) {
  return guarded(info, [&]() -> Napi::Value {
    auto tensors = unwrapAll(info[0]);
    Napi::Array result = Napi::Array::New(info.Env(), tensors.size());
    for (size_t i = 0; i < tensors.size(); ++i) result.Set(i, wrap(info.Env(), tensors[i].grad()));
    return result;
  });
}

Napi::Value clearGradients(const Napi::CallbackInfo& info) {
  return guarded(info, [&]() -> Napi::Value {
    for (auto& tensor : unwrapAll(info[0])) tensor.mutable_grad().reset();
    return info.Env().Undefined();
  });
}

Napi::Value setGradMode(const Napi::CallbackInfo& info) {
  bool before = c10::GradMode::is_enabled();
  c10::GradMode::set_enabled(info[0].As<Napi::Boolean>().Value());
  return Napi::Boolean::New(info.Env(), before);
}

// setAutocast(device, enabled, dtype) → whether it was on before. Turning it off drops the cast copies of weights.
Napi::Value setAutocast(const Napi::CallbackInfo& info) {
  return guarded(info, [&]() -> Napi::Value {
    auto device = c10::Device(info[0].As<Napi::String>().Utf8Value()).type();
    bool enabled = info[1].As<Napi::Boolean>().Value();
    auto type = static_cast<at::ScalarType>(info[2].As<Napi::Number>().Int32Value());
    bool before;
#if TORCH_AT_LEAST(2, 4)
    before = at::autocast::is_autocast_enabled(device);
    at::autocast::set_autocast_enabled(device, enabled);
    at::autocast::set_autocast_dtype(device, type);
#else
    if (device == c10::DeviceType::CPU) {
      before = at::autocast::is_cpu_enabled();
      at::autocast::set_cpu_enabled(enabled);
      at::autocast::set_autocast_cpu_dtype(type);
    } else {
      before = at::autocast::is_enabled();
      at::autocast::set_enabled(enabled);
      at::autocast::set_autocast_gpu_dtype(type);
    }
#endif
    if (!enabled) at::autocast::clear_cache();
    return Napi::Boolean::New(info.Env(), before);
  });
}

Napi::Value setThreads(const Napi::CallbackInfo& info) {
  return guarded(info, [&]() -> Napi::Value {
    at::set_num_threads(info[0].As<Napi::Number>().Int32Value());
    return info.Env().Undefined();
  });
}

at::Generator generatorOf(const Napi::Value& device) {
  return at::globalContext().defaultGenerator(c10::Device(device.As<Napi::String>().Utf8Value()));
}

Napi::Value seed(const Napi::CallbackInfo& info) {
  return guarded(info, [&]() -> Napi::Value {
    at::manual_seed(static_cast<uint64_t>(info[0].As<Napi::Number>().Int64Value()));
    return info.Env().Undefined();
  });
}

Napi::Value randomState(const Napi::CallbackInfo& info) {
  return guarded(info, [&] { return wrap(info.Env(), generatorOf(info[0]).get_state()); });
}

Napi::Value setRandomState(const Napi::CallbackInfo& info) {
  return guarded(info, [&]() -> Napi::Value {
    generatorOf(info[0]).set_state(unwrap(info[1]));
    return info.Env().Undefined();
  });
}

// configureCuda(tf32, benchmark): whether float32 products may be rounded to TF32; whether cuDNN may time its
// algorithms and take the fastest, which makes sums come out differently from run to run.
Napi::Value configureCuda(const Napi::CallbackInfo& info) {
  return guarded(info, [&]() -> Napi::Value {
    auto& context = at::globalContext();
    bool tf32 = info[0].As<Napi::Boolean>().Value();
    context.setAllowTF32CuDNN(tf32);
#if TORCH_AT_LEAST(1, 12)
    context.setFloat32MatmulPrecision(tf32 ? "high" : "highest");
#endif
    context.setBenchmarkCuDNN(info[1].As<Napi::Boolean>().Value());
    return info.Env().Undefined();
  });
}

Napi::Value information(const Napi::CallbackInfo& info) {
  return guarded(info, [&]() -> Napi::Value {
    Napi::Object result = Napi::Object::New(info.Env());
    result.Set("version", TORCH_VERSION);
    result.Set("threads", at::get_num_threads());
    result.Set("cudaDevices", at::hasCUDA() ? at::detail::getCUDAHooks().getNumGPUs() : 0);
    result.Set("configuration", at::show_config());
    return result;
  });
}

Napi::Value liveTensorCount(const Napi::CallbackInfo& info) {
  return Napi::Number::New(info.Env(), static_cast<double>(liveTensors.load()));
}

Napi::Object initialise(Napi::Env env, Napi::Object exports) {
  const std::pair<const char*, Napi::Value (*)(const Napi::CallbackInfo&)> functions[] = {
      {"call", call},
      {"fromBytes", fromBytes},
      {"toBytes", toBytes},
      {"meta", meta},
      {"release", release},
      {"isReleased", isReleased},
      {"backward", backward},
      {"setRequiresGrad", setRequiresGrad},
      {"requiresGrad", requiresGrad},
      {"gradients", gradients},
      {"clearGradients", clearGradients},
      {"setGradMode", setGradMode},
      {"setAutocast", setAutocast},
      {"setThreads", setThreads},
      {"seed", seed},
      {"randomState", randomState},
      {"setRandomState", setRandomState},
      {"configureCuda", configureCuda},
      {"info", information},
      {"liveTensorCount", liveTensorCount},
  };
  for (const auto& [name, function] : functions) exports.Set(name, Napi::Function::New(env, function, name));
  return exports;
}

}  // namespace

NODE_API_MODULE(torch, initialise)
