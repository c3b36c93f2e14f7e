// Batch norm on the CPU over a batch that several processes share; libtorch has it for GPUs alone (gpu-sync-batch-norm.cc).
//
//     forward    mean and variance of the own part; all parts' are gathered and joined; libtorch normalises with them
//     backward   own Σ dy and Σ dy·x̂ are summed over all; dx = w·σ⁻¹ · (dy − Σ dy / n − x̂ · Σ dy·x̂ / n)
//
// Every process joins the same numbers in the same order, so that running statistics stay equal to the last bit.
#ifdef USE_C10D_GLOO
#include <ATen/Parallel.h>
#include <torch/csrc/autograd/custom_function.h>

#include <numeric>

#include "process-group.h"

namespace addon {
namespace {

// Statistics of bfloat16 values are float32, as libtorch's own batch norm keeps them.
at::ScalarType statisticsType(const at::Tensor& input) {
  return input.scalar_type() == at::kDouble ? at::kDouble : at::kFloat;
}

struct Statistics {
  at::Tensor mean;      // C
  at::Tensor variance;  // C, biased
  double count;         // values of each channel, in all parts together
};

// Var[X] = Σ nᵢ · (varᵢ + (meanᵢ − mean)²) / n: nothing cancels, wherever the mean lies.
Statistics joinStatistics(ProcessGroup& group, const Shares& shares, const at::Tensor& mean, const at::Tensor& variance,
                          int64_t valuesPerImage) {
  int64_t channels = mean.numel();
  auto all = group.gather(at::stack({mean, variance}).to(at::kDouble));
  auto part = all.accessor<double, 3>();
  const double images = std::accumulate(shares.images.begin(), shares.images.end(), 0.0);
  auto joined = at::zeros({2, channels}, at::kDouble);
  auto result = joined.accessor<double, 2>();
  for (size_t rank = 0; rank < shares.images.size(); ++rank) {
    if (shares.images[rank] == 0) continue;
    double weight = shares.images[rank] / images;
    for (int64_t c = 0; c < channels; ++c) result[0][c] += weight * part[rank][0][c];
  }
  for (size_t rank = 0; rank < shares.images.size(); ++rank) {
    if (shares.images[rank] == 0) continue;
    double weight = shares.images[rank] / images;
    for (int64_t c = 0; c < channels; ++c) {
      double apart = part[rank][0][c] - result[0][c];
      result[1][c] += weight * (part[rank][1][c] + apart * apart);
    }
  }
  auto rounded = joined.to(mean.scalar_type());
  return {rounded[0], rounded[1], images * valuesPerImage};
}

// a·dy + b·(x − mean) + e with one a, b, mean and e a channel, in one pass. `inner` values of a channel lie side by side:
// the pixels of a plane, or one where channels are last.
template <typename Value, typename Factor>
void combine(Value* out, const Value* dy, const Value* x, const Factor* a, const Factor* b, const Factor* mean,
             const Factor* e, int64_t outer, int64_t channels, int64_t inner) {
  if (inner == 1) {
    at::parallel_for(0, outer, std::max<int64_t>(1, 32768 / channels), [=](int64_t begin, int64_t end) {
      for (int64_t row = begin; row < end; ++row) {
        int64_t at = row * channels;
        for (int64_t c = 0; c < channels; ++c)
          out[at + c] = static_cast<Value>(a[c] * static_cast<Factor>(dy[at + c]) +
                                           b[c] * (static_cast<Factor>(x[at + c]) - mean[c]) + e[c]);
      }
    });
  } else {
    at::parallel_for(0, outer * channels, std::max<int64_t>(1, 32768 / inner), [=](int64_t begin, int64_t end) {
      for (int64_t plane = begin; plane < end; ++plane) {
        int64_t c = plane % channels;
        for (int64_t i = plane * inner; i < (plane + 1) * inner; ++i)
          out[i] = static_cast<Value>(a[c] * static_cast<Factor>(dy[i]) +
                                      b[c] * (static_cast<Factor>(x[i]) - mean[c]) + e[c]);
      }
    });
  }
}

class SyncBatchNorm : public torch::autograd::Function<SyncBatchNorm> {
 public:
  static at::Tensor forward(torch::autograd::AutogradContext* context, const at::Tensor& input,
                            const at::Tensor& weight, const at::Tensor& bias, at::Tensor runningMean,
                            at::Tensor runningVar, double momentum, double eps, c10::intrusive_ptr<ProcessGroup> group,
                            const Shares& shares) {
    auto channels = input.size(1);
    auto unused = at::zeros({2, channels}, statisticsType(input));  // running statistics of the own part alone
    auto [ownMean, ownVariance] = at::batch_norm_update_stats(input, unused[0], unused[1], 0);
    int64_t valuesPerImage = input.numel() / channels / input.size(0);
    auto [mean, variance, count] = joinStatistics(*group, shares, ownMean, ownVariance, valuesPerImage);
    auto output = std::get<0>(at::native_batch_norm(input, weight, bias, mean, variance, false, momentum, eps));
    runningMean.mul_(1 - momentum).add_(mean, momentum);
    runningVar.mul_(1 - momentum).add_(variance, momentum * count / (count - 1));
    context->save_for_backward({input, weight, mean, (variance + eps).rsqrt()});
    context->saved_data["count"] = count;
    context->saved_data["counted"] = shares.counted();
    context->saved_data["group"] = c10::IValue::make_capsule(group);
    return output;
  }

  static torch::autograd::variable_list backward(torch::autograd::AutogradContext* context,
                                                 torch::autograd::variable_list gradients) {
    auto saved = context->get_saved_variables();
    const at::Tensor &weight = saved[1], &mean = saved[2], &deviation = saved[3];
    auto format = saved[0].suggest_memory_format();
    auto input = saved[0].contiguous(format);
    auto upstream = gradients[0].contiguous(format);
    double count = context->saved_data["count"].toDouble();

    // libtorch's sums of the own part: Σ dy·x̂ and Σ dy. Its dx would be that of a batch of its own.
    auto [none, weightGradient, biasGradient] = at::native_batch_norm_backward(
        upstream, input, weight, mean, deviation, mean, deviation, true, 0, {false, true, true});
    bool counted = context->saved_data["counted"].toBool();
    if (!counted) {
      weightGradient.zero_();
      biasGradient.zero_();
    }
    auto sums = at::stack({weightGradient, biasGradient}).to(at::kDouble);
    auto group = context->saved_data["group"].toCapsule();
    sums = static_cast<ProcessGroup&>(*group).gather(sums).sum(0);

    at::Tensor inputGradient;
    if (counted) {
      auto type = mean.scalar_type();
      auto scale = weight.to(at::kDouble) * deviation;
      auto a = scale.to(type);
      auto b = (scale * deviation * sums[0] / -count).to(type);
      auto e = (scale * sums[1] / -count).to(type);
      inputGradient = at::empty_like(input, input.options(), format);
      bool last = format == at::MemoryFormat::ChannelsLast;
      int64_t outer = last ? input.numel() / input.size(1) : input.size(0);
      int64_t inner = last || input.numel() == 0 ? 1 : input.numel() / (input.size(0) * input.size(1));
      auto run = [&](auto value, auto factor) {
        using Value = decltype(value);
        using Factor = decltype(factor);
        combine(inputGradient.data_ptr<Value>(), upstream.data_ptr<Value>(), input.data_ptr<Value>(),
                a.data_ptr<Factor>(), b.data_ptr<Factor>(), mean.data_ptr<Factor>(), e.data_ptr<Factor>(), outer,
                input.size(1), inner);
      };
      if (input.scalar_type() == at::kDouble) run(double{}, double{});
      else if (input.scalar_type() == at::kFloat) run(float{}, float{});
      else run(at::BFloat16{}, float{});
    } else {
      inputGradient = at::zeros_like(input);
    }
    at::Tensor no;
    return {inputGradient, weightGradient, biasGradient, no, no, no, no, no, no};
  }
};

}  // namespace

at::Tensor syncBatchNorm(c10::intrusive_ptr<ProcessGroup> group, const Shares& shares, const at::Tensor& input,
                         const at::Tensor& weight, const at::Tensor& bias, at::Tensor& runningMean,
                         at::Tensor& runningVar, double momentum, double eps) {
  return SyncBatchNorm::apply(input, weight, bias, runningMean, runningVar, momentum, eps, group, shares);
}

}  // namespace addon
#endif
